import json
import pathlib

import numpy as np
import pytest

from keras_av.data import ClipSpec, Manifest, clips

TABLE = "label,youtube_id,time_start,time_end,split\n"


def touch(root, *names):
    for name in names:
        path = pathlib.Path(root, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")


def rows(manifest):
    names = [*manifest.class_names, ""]
    labels = [names[label] for label in manifest.label]
    return list(
        zip(
            manifest.path.tolist(),
            labels,
            manifest.split.tolist(),
            manifest.group.tolist(),
        )
    )


@pytest.fixture
def hmdb(tmp_path):
    films = ("April_09", "X_men")
    for name in ("run", "brush_hair"):
        files = [f"{film}_{name}_u_nm_np1_ba_goo_0.avi" for film in films]
        touch(tmp_path, *(f"{name}/{file}" for file in files))
        lists = tmp_path / "testTrainMulti_7030_splits"
        lists.mkdir(exist_ok=True)
        for split in (1, 2):
            numbers = (1, 2) if split == 1 else (2, 0)
            text = "".join(f"{f} {n} \n" for f, n in zip(files, numbers))
            (lists / f"{name}_test_split{split}.txt").write_text(text)
    touch(tmp_path, "run/unlisted.avi")
    return tmp_path


def test_hmdb51(hmdb):
    end = "u_nm_np1_ba_goo_0.avi"
    assert rows(Manifest.from_hmdb51(hmdb)) == [
        (
            f"brush_hair/April_09_brush_hair_{end}",
            "brush_hair",
            "train",
            "April_09",
        ),
        (f"brush_hair/X_men_brush_hair_{end}", "brush_hair", "test", "X_men"),
        (f"run/April_09_run_{end}", "run", "train", "April_09"),
        (f"run/X_men_run_{end}", "run", "test", "X_men"),
    ]
    second = Manifest.from_hmdb51(hmdb, split=2)
    assert second.split.tolist() == ["test", "", "test", ""]


def test_hmdb51_needs_its_lists(hmdb):
    with pytest.raises(ValueError, match="1, 2 or 3"):
        Manifest.from_hmdb51(hmdb, split=4)
    with pytest.raises(ValueError, match="No lists.*split3.txt"):
        Manifest.from_hmdb51(hmdb, split=3)


@pytest.fixture
def kinetics(tmp_path):
    touch(
        tmp_path,
        "train/bowling/-3B32lodo2M_000059_000069.mp4",
        "train/singing/aaaaaaaaaaa_000000_000010.mp4",
        "val/bbbbbbbbbbb_000101_000111.mp4",
        "test/ccccccccccc_000001_000011.mp4",
        "val/not of it.mp4",
    )
    (tmp_path / "annotations").mkdir()
    (tmp_path / "annotations" / "train.csv").write_text(
        TABLE
        + "bowling,-3B32lodo2M,59,69,train\n"
        + "singing,aaaaaaaaaaa,0,10,train\n"
        + "singing,gone_ggggg_,5,15,train\n"
    )
    (tmp_path / "val.csv").write_text(
        TABLE + "tap dancing,bbbbbbbbbbb,101,111,validate\n"
    )
    (tmp_path / "test.csv").write_text(TABLE + ",ccccccccccc,1,11,test\n")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    return tmp_path


def test_kinetics(kinetics):
    assert rows(Manifest.from_kinetics(kinetics)) == [
        ("test/ccccccccccc_000001_000011.mp4", "", "test", "ccccccccccc"),
        (
            "train/bowling/-3B32lodo2M_000059_000069.mp4",
            "bowling",
            "train",
            "-3B32lodo2M",
        ),
        (
            "train/singing/aaaaaaaaaaa_000000_000010.mp4",
            "singing",
            "train",
            "aaaaaaaaaaa",
        ),
        (
            "val/bbbbbbbbbbb_000101_000111.mp4",
            "tap dancing",
            "val",
            "bbbbbbbbbbb",
        ),
    ]


def test_some_classes_of_kinetics(kinetics):
    some = Manifest.from_kinetics(kinetics, ["tap dancing", "singing"])
    assert some.class_names == ("singing", "tap dancing")
    assert some.label.tolist() == [0, 1]
    with pytest.raises(ValueError, match=r"\['juggling'\]"):
        Manifest.from_kinetics(kinetics, ["singing", "juggling"])


def test_kinetics_needs_tables_and_files(tmp_path):
    touch(tmp_path, "aaaaaaaaaaa_000000_000010.mp4")
    with pytest.raises(ValueError, match="no table.*youtube_id"):
        Manifest.from_kinetics(tmp_path)
    (tmp_path / "train.csv").write_text(TABLE + "x,bbbbbbbbbbb,1,11,train\n")
    with pytest.raises(ValueError, match="No file of Kinetics"):
        Manifest.from_kinetics(tmp_path)


def test_vggsound(tmp_path):
    touch(
        tmp_path,
        "video/---g-f_I2yQ_000001.mp4",
        "video/--0PQM4-hqg_000030.mp4",
    )
    with pytest.raises(ValueError, match="vggsound.csv"):
        Manifest.from_vggsound(tmp_path)
    (tmp_path / "vggsound.csv").write_text(
        "---g-f_I2yQ,1,people marching,test\n"
        '--0PQM4-hqg,30,"waterfall, burbling",train\n'
        "gone_______,5,people marching,train\n"
    )
    assert rows(Manifest.from_vggsound(tmp_path)) == [
        (
            "video/---g-f_I2yQ_000001.mp4",
            "people marching",
            "test",
            "---g-f_I2yQ",
        ),
        (
            "video/--0PQM4-hqg_000030.mp4",
            "waterfall, burbling",
            "train",
            "--0PQM4-hqg",
        ),
    ]


def part(label, start, end):
    return {"label": label, "segment": [start, end]}


def test_activitynet(tmp_path):
    touch(tmp_path, "v_GGSY1Qvo990.mp4", "ZNVhz7ctTq0.mp4", "v_ttttttttttt.mkv")
    with pytest.raises(ValueError, match="activity_net"):
        Manifest.from_activitynet(tmp_path)
    database = {
        "GGSY1Qvo990": {
            "subset": "training",
            "annotations": [
                part("Shoveling snow", 0, 9),
                part("Skiing", 10, 30),
                part("Shoveling snow", 40, 60),
            ],
        },
        "ZNVhz7ctTq0": {
            "subset": "validation",
            "annotations": [part("Skiing", 0.5, 9)],
        },
        "ttttttttttt": {"subset": "testing", "annotations": []},
        "gone_______": {"subset": "training", "annotations": []},
    }
    text = json.dumps({"version": "1.3", "database": database})
    (tmp_path / "activity_net.v1-3.min.json").write_text(text)
    assert rows(Manifest.from_activitynet(tmp_path)) == [
        ("ZNVhz7ctTq0.mp4", "Skiing", "val", "ZNVhz7ctTq0"),
        ("v_GGSY1Qvo990.mp4", "Shoveling snow", "train", "GGSY1Qvo990"),
        ("v_ttttttttttt.mkv", "", "test", "ttttttttttt"),
    ]


def test_real_files_in_these_layouts(shared, tmp_path):
    """Real clips under the names that they have in their sets."""
    found = sorted(pathlib.Path(shared("data/clips")).iterdir())
    real = [p for p in found if p.suffix in (".mp4", ".avi")]
    (tmp_path / "annotations").mkdir()
    table = TABLE
    for number, path in enumerate(real[:4]):
        name = f"clip{number:07d}"
        target = tmp_path / "train" / f"{name}_000003_000013{path.suffix}"
        target.parent.mkdir(exist_ok=True)
        target.symlink_to(path)
        table += f"class {number % 2},{name},3,13,train\n"
    (tmp_path / "annotations" / "train.csv").write_text(table)
    manifest = Manifest.from_kinetics(tmp_path)
    spec = ClipSpec(num_frames=2, size=32, audio_seconds=0.25)
    batch = next(iter(clips(manifest, spec, 4)))
    np.testing.assert_array_equal(batch["index"], range(4))
    assert sorted(batch["label"].numpy().tolist()) == [0, 0, 1, 1]
