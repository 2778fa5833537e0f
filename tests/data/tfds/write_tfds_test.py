import json
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest

from keras_av.data import ClipSpec, Manifest, write_tfds, write_video

SPEC = ClipSpec(num_frames=2, size=24, audio_seconds=0.25)

# As someone without this library would.
PROGRAM = """
import json, sys
import tensorflow_datasets as tfds

info = tfds.builder("tiny", data_dir=sys.argv[1]).info
found = {}
for split in info.splits:
    data = tfds.load("tiny", data_dir=sys.argv[1], split=split)
    for row in data.as_numpy_iterator():
        found[int(row["index"])] = [
            split, info.features["label"].names[row["label"]],
            row["video"].shape, len(row["audio"]), bool(row["has_audio"]),
            int(row["fold"]), row["path"].decode(),
        ]
assert "keras_av" not in sys.modules
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    """Files of three splits and two folds; one damaged, one silent."""
    folder = tmp_path_factory.mktemp("files")
    for number in range(5):
        frames = np.full((6, 32, 32, 3), 30 * number, np.uint8)
        tone = 0.3 * np.sin(np.arange(8000) / (5 + number))
        sound = None if number == 3 else tone
        write_video(folder / f"{number}.mp4", frames, 12, sound)
    (folder / "1.mp4").write_bytes(b"not a video")
    return Manifest(
        folder,
        [f"{number}.mp4" for number in range(5)],
        label=[0, 1, 1, 0, 1],
        split=["train", "train", "test", "train", ""],
        group=["a", "b", "c", "a", "b"],
        fold=[1, 2, 1, 2, 1],
        class_names=["dog", "cat"],
    )


@pytest.mark.tfds
def test_is_loaded_without_this_library(manifest, tmp_path):
    made = pathlib.Path(write_tfds(manifest, tmp_path, "tiny", SPEC))
    environment = {**os.environ, "TFDS_DATA_DIR": "", "PYTHONPATH": ""}
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment,
    )
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout.splitlines()[-1])
    assert sorted(found) == ["0", "2", "3", "4"]
    split, label, video, _, has_audio, fold, path = found["2"]
    assert (split, label, fold, path) == ("test", "cat", 1, "2.mp4")
    assert video == [6, 27, 27, 3] and has_audio
    assert found["4"][0] == "unknown"
    assert found["3"][3:5] != found["2"][3:5] and not found["3"][4]
    about = json.loads((made / "skipped.json").read_text())
    (skipped,) = about["skipped"]
    assert (skipped["index"], skipped["path"]) == (1, "1.mp4")
    assert skipped["reason"] and skipped["message"]


@pytest.mark.tfds
def test_a_log_is_not_filled_with_progress_bars(manifest, tmp_path, capfd):
    write_tfds(manifest.subset([0]), tmp_path, "tiny", SPEC)
    written = capfd.readouterr()
    assert written.out == "" and "examples" not in written.err


@pytest.mark.tfds
def test_nothing_is_left_of_what_fails(manifest, tmp_path):
    broken = manifest.subset([1])
    with pytest.raises(ValueError, match="Not one of 1 files"):
        write_tfds(broken, tmp_path, "tiny", SPEC)
    assert not list(tmp_path.iterdir())


@pytest.mark.tfds
def test_arguments(manifest, tmp_path):
    with pytest.raises(ValueError, match="name must be"):
        write_tfds(manifest, tmp_path, "My set", SPEC)
    with pytest.raises(ValueError, match="'ucf101' of its own.*'ucf101_av'"):
        write_tfds(manifest, tmp_path, "ucf101", SPEC)
    with pytest.raises(ValueError, match="quality must be"):
        write_tfds(manifest, tmp_path, "tiny", SPEC, quality=0)
    write_tfds(manifest.subset([0]), tmp_path, "tiny", SPEC)
    with pytest.raises(ValueError, match="is there already"):
        write_tfds(manifest, tmp_path, "tiny", SPEC)
