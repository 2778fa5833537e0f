import pytest

from keras_av.data import Manifest


def write(path, *lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join("\t".join(line) + "\n" for line in lines))


def scenes_2013(root, deep=""):
    for part in ("scenes_stereo", "scenes_stereo_testset"):
        for name in ("bus01", "bus02", "tubestation10"):
            file = root / part / (part if deep else "") / f"{name}.wav"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(b"")


@pytest.mark.parametrize("deep", [False, True])
def test_scenes_of_2013(tmp_path, deep):
    scenes_2013(tmp_path, deep)
    (tmp_path / "scenes_stereo" / "readme01.txt").write_bytes(b"")
    manifest = Manifest.from_dcase(tmp_path)
    assert manifest.class_names == ("bus", "tubestation")
    train = manifest.where(split="train")
    assert train.label.tolist() == [0, 0, 1]
    assert len(manifest.where(split="test")) == 3
    assert not any("testset" in path for path in train.path)
    with pytest.raises(ValueError, match="one official split"):
        Manifest.from_dcase(tmp_path, fold=2)


def scenes_2016(root, ending="txt", header=()):
    rows = [
        (f"audio/{name}_{start}.wav", scene, name)
        for name, scene in (("a1", "park"), ("b2", "metro_station/bus"))
        for start in (0, 30)
    ]
    write(root / f"meta.{ending}", *header, *rows)
    setup = root / "evaluation_setup"
    for fold in (1, 2):
        train = [row[:2] for row in rows if row[0].endswith("_0.wav")]
        test = [row[:2] for row in rows[:2] if not row[0].endswith("_0.wav")]
        if fold == 2:
            train, test = test, train
        heads = [line[:2] for line in header]
        write(setup / f"fold{fold}_train.{ending}", *heads, *train)
        write(setup / f"fold{fold}_evaluate.{ending}", *heads, *test)


HEADER = [("filename", "scene_label", "identifier", "source_label")]


@pytest.mark.parametrize("ending, header", [("txt", []), ("csv", HEADER)])
def test_scenes_of_later_years(tmp_path, ending, header):
    scenes_2016(tmp_path, ending, header)
    manifest = Manifest.from_dcase(tmp_path)
    assert manifest.class_names == ("metro_station/bus", "park")
    assert manifest.path.tolist() == [
        f"audio/{name}.wav" for name in ("a1_0", "a1_30", "b2_0", "b2_30")
    ]
    assert manifest.label.tolist() == [1, 1, 0, 0]
    assert manifest.split.tolist() == ["train", "test", "train", ""]
    assert manifest.group.tolist() == ["a1", "a1", "b2", "b2"]
    other = Manifest.from_dcase(tmp_path, fold=2)
    assert other.split.tolist() == ["test", "train", "test", ""]


def test_what_is_missing_is_named(tmp_path):
    scenes_2016(tmp_path)
    with pytest.raises(ValueError, match=r"no fold3_train.csv or fold3_train"):
        Manifest.from_dcase(tmp_path, fold=3)
    with open(tmp_path / "evaluation_setup" / "fold1_train.txt", "a") as file:
        file.write("audio/zz.wav\tpark\n")
    with pytest.raises(ValueError, match="names 'audio/zz.wav'"):
        Manifest.from_dcase(tmp_path)
    (tmp_path / "meta.txt").write_text("audio/a1_0.wav,park\n")
    with pytest.raises(ValueError, match="with a tab between"):
        Manifest.from_dcase(tmp_path)
    (tmp_path / "meta.txt").write_text("")
    with pytest.raises(ValueError, match="names no files"):
        Manifest.from_dcase(tmp_path)
    (tmp_path / "meta.txt").unlink()
    with pytest.raises(ValueError, match="no meta.csv or meta.txt"):
        Manifest.from_dcase(tmp_path)


def test_other_folders(tmp_path):
    with pytest.raises(ValueError, match="There is no folder"):
        Manifest.from_dcase(tmp_path / "none")
    (tmp_path / "bus01.wav").write_bytes(b"")
    with pytest.raises(ValueError, match="expected meta.csv or meta.txt"):
        Manifest.from_dcase(tmp_path)
