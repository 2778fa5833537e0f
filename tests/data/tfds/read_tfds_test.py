import pathlib

import numpy as np
import pytest

from keras_av.data import (
    ClipSpec,
    Manifest,
    clips,
    prepare,
    write_tfds,
    write_video,
)
from tests.data.tfds.write_tfds_test import SPEC, manifest  # noqa: F401


def shards(prepared):
    paths = pathlib.Path(prepared.folder).glob("*.tfrecord")
    return {path.name: path.read_bytes() for path in paths}


def batches(files, spec):
    data = clips(files, spec, batch_size=2, training=True, seed=3)
    return list(data.take(4).as_numpy_iterator())


@pytest.mark.tfds
@pytest.mark.parametrize(
    "spec",
    [
        SPEC,
        ClipSpec(num_frames=2, size=24, fps=6, audio_seconds=0.25),
        ClipSpec(num_frames=2, size=24, audio_seconds=0),
        ClipSpec(num_frames=0, audio_seconds=0.25),
    ],
    ids=["both", "fps", "frames", "sound"],
)
def test_the_shards_are_those_of_prepare(manifest, tmp_path, spec):  # noqa: F811
    write_tfds(manifest, tmp_path / "tfds", "tiny", spec)
    read = Manifest.from_tfds("tiny", tmp_path / "tfds", tmp_path / "read")
    expected = prepare(
        manifest, tmp_path / "prepared", spec, num_workers=1, verbose=False
    )
    read.verify()
    assert shards(read) == shards(expected)
    assert read.digest() == expected.digest() == manifest.digest()
    assert read.group.tolist() == manifest.group.tolist()
    assert read.class_names == manifest.class_names
    assert read.contents() == expected.contents()
    for one, other in zip(batches(read, spec), batches(expected, spec)):
        assert one.keys() == other.keys()
        for key in one:
            np.testing.assert_array_equal(one[key], other[key])


@pytest.mark.tfds
def test_a_split_without_a_readable_file_keeps_its_rows(manifest, tmp_path):  # noqa: F811
    columns = manifest.columns()
    columns["split"] = ["train", "broken", "train", "train", "train"]
    files = Manifest(manifest.root, **columns)
    write_tfds(files, tmp_path, "tiny", SPEC)
    read = Manifest.from_tfds("tiny", tmp_path, tmp_path / "read")
    assert read.digest() == files.digest()
    assert read.contents()[1] == {"unreadable": 1}


@pytest.mark.tfds
def test_more_than_one_shard_without_labels(tmp_path):
    frames = np.zeros((3, 32, 32, 3), np.uint8)
    (tmp_path / "v").mkdir()
    for number in range(40):
        write_video(tmp_path / f"v/{number:02d}.mp4", frames + number, 12)
    files = Manifest.from_folder(tmp_path / "v")
    spec = ClipSpec(num_frames=2, size=24, audio_seconds=0)
    write_tfds(files, tmp_path, "plain", spec)
    read = Manifest.from_tfds("plain", tmp_path, tmp_path / "read")
    assert read.digest() == files.digest() and read.num_classes == 0
    assert sorted(shards(read)) == [f"shard-0000{n}.tfrecord" for n in (0, 1)]


@pytest.mark.tfds
def test_a_manifest_finds_its_shards_again(manifest, tmp_path):  # noqa: F811
    write_tfds(manifest, tmp_path, "tiny", SPEC)
    first = Manifest.from_tfds("tiny", tmp_path)
    assert first.digest() == manifest.digest()
    folder = pathlib.Path(first.folder)
    assert folder.parent == tmp_path / "tiny"
    before = {p: p.stat().st_mtime_ns for p in folder.iterdir()}
    again = Manifest.from_tfds("tiny", tmp_path)
    assert again.digest() == first.digest()
    assert {p: p.stat().st_mtime_ns for p in folder.iterdir()} == before


@pytest.mark.tfds
def test_what_cannot_be_read_is_refused(manifest, tmp_path):  # noqa: F811
    with pytest.raises(ValueError, match="holds no set named 'none'"):
        Manifest.from_tfds("none", tmp_path, tmp_path / "read")
    made = write_tfds(manifest, tmp_path, "tiny", SPEC)
    with pytest.raises(ValueError, match="is there already"):
        Manifest.from_tfds("tiny", tmp_path, tmp_path)
    about = pathlib.Path(made, "skipped.json")
    text = about.read_text()
    about.write_text(text.replace('"index": 1', '"index": 7'))
    with pytest.raises(ValueError, match="must count from 0"):
        Manifest.from_tfds("tiny", tmp_path, tmp_path / "read")
    about.unlink()
    with pytest.raises(ValueError, match="not written by write_tfds"):
        Manifest.from_tfds("tiny", tmp_path, tmp_path / "read")


@pytest.mark.tfds
def test_sets_of_others_are_refused_by_what_they_lack(tmp_path):
    match = r"\['label', 'video'\], lack \['index', 'path', 'group', 'fold'\]"
    with pytest.raises(ValueError, match=match):
        Manifest.from_tfds("ucf101", tmp_path)
