"""What is found in a folder."""

import pathlib
import shutil

import numpy as np
import pytest
import soundfile

from keras_av.cli.check_data import check_data
from keras_av.data import ClipSpec, generated_set
from keras_av.workspace import ConfigError


def test_a_folder_of_all_sorts(tmp_path):
    files = generated_set(num_train=8, num_test=8)
    for number in range(3):
        target = tmp_path / "a" / f"{number}.mp4"
        target.parent.mkdir(exist_ok=True)
        shutil.copy(files.full_path(number), target)
    (tmp_path / "b").mkdir()
    soundfile.write(tmp_path / "b" / "still.wav", np.zeros(32000), 16000)
    (tmp_path / "b" / "broken.mp4").write_bytes(b"no film")
    text = "\n".join(check_data(tmp_path))
    assert "5 files, 4 of which can be opened" in text
    assert "b/broken.mp4: " in text
    assert "durations: 2.0 to 3.0 s" in text
    assert "frames a second: 16" in text
    assert "without sound: 0 videos; 0.0% of seconds" in text
    assert "without sound: 1 sound files; 100.0% of seconds" in text
    assert "2 classes: 2 (b) to 3 (a) files, the largest 60.0% of all" in text


def test_damage_that_only_decoding_finds(tmp_path):
    files = generated_set(num_train=8, num_test=8)
    data = bytearray(pathlib.Path(files.full_path(0)).read_bytes())
    start = data.index(b"mdat") + 2000
    data[start : start + 8000] = bytes(8000)
    (tmp_path / "torn.mp4").write_bytes(data)
    text = "\n".join(check_data(tmp_path))
    assert "1 files, 1 of which can be opened" in text
    assert "torn.mp4: corrupt" in text
    assert "without a class: 1 files" in text


def test_files_none_of_which_decodes(tmp_path):
    files = generated_set(num_train=8, num_test=8)
    data = bytearray(pathlib.Path(files.full_path(0)).read_bytes())
    start = data.index(b"mdat") + 4
    size = int.from_bytes(data[start - 8 : start - 4])
    data[start : start - 8 + size] = bytes(size - 8)
    (tmp_path / "torn.mp4").write_bytes(data)
    text = "\n".join(check_data(tmp_path))
    assert "1 files, 1 of which can be opened" in text
    assert "0 seconds of 1 videos decoded" in text
    assert "torn.mp4: corrupt" in text


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(ConfigError):
        check_data(tmp_path)


def test_files_without_whole_clips_are_told_and_the_page_too(tmp_path):
    files, folder = generated_set(num_train=8, num_test=8), tmp_path / "in"
    for name in ("a", "b"):
        (folder / name).mkdir(parents=True)
    shutil.copy(files.full_path(0), folder / "a" / "0.mp4")
    soundfile.write(folder / "b" / "1.wav", np.ones(32000) / 9, 16000)
    spec = ClipSpec(num_frames=100, frame_stride=1, audio_seconds=1.0)
    page = tmp_path / "page.html"
    lines = check_data(folder, spec, page)
    start = lines.index("with no video: 1 files")
    assert lines[start + 1 : start + 3] == [
        "  b/1.wav: 2.00 s",
        "with no sound: 0 files",
    ]
    # 100 frames at 16 a second are 6.25 s.
    assert lines[start + 3] == "with less than a clip: 1 files"
    assert lines[start + 4].startswith("  a/0.mp4: ")
    text = page.read_text("utf-8")
    assert "with no video: 1 files" in text and "<td>1</td>" in text
    heard = check_data(folder, ClipSpec(num_frames=0, audio_seconds=2.5))
    start = heard.index("with no video: 0 files")
    assert "  b/1.wav: 2.00 s" in heard[start:]
