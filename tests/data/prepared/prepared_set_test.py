import json
import pathlib
import shutil

import numpy as np
import pytest

from keras_av.data import ClipSpec, Manifest, PreparedSet, clips, prepare

SPEC = ClipSpec(num_frames=2, size=24, audio_seconds=0.5)


@pytest.fixture(scope="module")
def prepared(generated, tmp_path_factory):
    folder = tmp_path_factory.mktemp("prepared")
    return prepare(generated, folder, SPEC, num_workers=1, verbose=False)


def test_is_the_manifest(generated, prepared):
    again = PreparedSet(prepared.folder)
    assert again.digest() == generated.digest()
    assert again.class_names == generated.class_names
    assert again.root == generated.root
    assert repr(again).startswith("<PreparedSet of 32 files in 8 classes")


def test_parts_are_prepared_sets(generated, prepared):
    train, test = prepared.where(split="train"), prepared.where(split="test")
    assert isinstance(train, PreparedSet) and len(train) == len(test) == 16
    assert test.digest() == generated.where(split="test").digest()
    one, other = test.split_by_group(0.5, seed=0)
    for part in (train, one, other.subset([2, 0])):
        for row in range(len(part)):
            _, stored = part.stored_file(row)
            whole = PreparedSet(prepared.folder)
            there = whole.path.tolist().index(part.path[row])
            _, expected = whole.stored_file(there)
            np.testing.assert_array_equal(stored.offsets, expected.offsets)
    assert one.contents()[0] == pytest.approx(3 * len(one), abs=0.5)


def test_labels_may_be_others(generated, prepared):
    relabelled = Manifest(
        generated.root, generated.path[:4], [1, 0, 1, 0], class_names="ab"
    )
    batch = next(iter(clips(PreparedSet(prepared.folder, relabelled), SPEC, 4)))
    assert batch["label"].numpy().tolist() == [1, 0, 1, 0]


@pytest.mark.parametrize(
    "change, wrong",
    [
        ({"size": 32}, "size"),
        ({"fps": 8}, "fps"),
        ({"sampling_rate": 8000}, "sampling_rate"),
        ({"num_frames": 0}, "size"),
    ],
)
def test_other_clips_are_refused(prepared, change, wrong):
    arguments = {"num_frames": 2, "size": 24, "audio_seconds": 0.5, **change}
    with pytest.raises(ValueError, match=f"'{wrong}'.*prepare the files again"):
        clips(prepared, ClipSpec(**arguments), 2)


def test_no_prepared_set(generated, tmp_path):
    with pytest.raises(ValueError, match="holds no prepared set"):
        PreparedSet(generated.root)
    settings = {"version": 99}
    (tmp_path / "prepared.json").write_text(json.dumps(settings))
    with pytest.raises(ValueError, match="version 99"):
        PreparedSet(tmp_path)


def test_knows_its_size_in_memory(prepared):
    # 48 frames of 27 x 27 and 3 s at 16 kHz, a little more with padding.
    each = 48 * 27 * 27 * 3 + 3 * 16000 * 4
    size = prepared.decoded_bytes(SPEC)
    assert 32 * each <= size < 1.05 * 32 * each


def test_rows_whose_files_are_missing(tmp_path):
    paths = [f"a folder/{number:05d}.mp4" for number in range(1000)]
    files = Manifest(
        tmp_path, paths, np.arange(1000) % 7, class_names="abcdefg"
    )
    prepared = prepare(
        files, tmp_path / "set", SPEC, num_workers=1, verbose=False
    )
    half = PreparedSet(prepared.folder).subset(range(0, 1000, 2))
    assert half.contents()[1] == {"missing": 500}
    folder = pathlib.Path(prepared.folder)
    assert len(list(folder.glob("shard-*.npz"))) == 32


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[" * 50_000,
        "[]",
        "{}",
        '{"version": 1}',
        {"root": None},
        {"files_per_shard": 0},
        {"files_per_shard": "many"},
    ],
)
def test_malformed_settings_are_told(prepared, tmp_path, text):
    shutil.copytree(prepared.folder, tmp_path / "set")
    path = tmp_path / "set" / "prepared.json"
    if isinstance(text, dict):
        settings = {**json.loads(path.read_text()), **text}
        text = json.dumps({k: v for k, v in settings.items() if v is not None})
    path.write_text(text)
    with pytest.raises(ValueError, match=r"prepared\.json' is (no JSON|damag)"):
        PreparedSet(tmp_path / "set")


def test_other_tables_of_a_set_are_told(prepared, tmp_path):
    shutil.copytree(prepared.folder, tmp_path / "set")
    sums = tmp_path / "set" / "SHA256SUMS"
    sums.write_text("no sums\n")
    with pytest.raises(ValueError, match="1 files of .* are not what was"):
        PreparedSet(tmp_path / "set").verify()
    settings = tmp_path / "set" / "prepared.json"
    values = {**json.loads(settings.read_text()), "files_per_shard": 20}
    settings.write_text(json.dumps(values))
    with pytest.raises(ValueError, match="Shard 0 .* 32 files. Expected 20"):
        PreparedSet(tmp_path / "set")
    (tmp_path / "set" / "shard-00000.npz").write_text("no index")
    with pytest.raises(ValueError, match="shard-00000.npz' is damaged"):
        PreparedSet(tmp_path / "set")
