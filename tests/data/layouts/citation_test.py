import importlib
import re

import numpy as np
import pytest

from keras_av.data import ClipSpec, Manifest, citation, write_tfds, write_video

NAMES = re.findall(r'`"(\w+)"`', citation.__doc__)


@pytest.mark.parametrize("name", NAMES)
def test_an_entry_is_whole(name):
    text = citation(name)
    assert text.count("{") == text.count("}")
    assert re.match(rf"@(article|inproceedings)\{{{name},\n", text)
    for field in ("author", "title", "year"):
        assert len(re.findall(rf"^  {field} = \{{.+\}},$", text, re.M)) == 1
    assert ("journal" in text) != ("booktitle" in text)


def test_all_are_documented_and_others_refused():
    assert len(NAMES) == 10
    with pytest.raises(ValueError) as caught:
        citation("ucf11")
    assert all(f"'{name}'" in str(caught.value) for name in NAMES)


@pytest.mark.tfds
def test_a_set_keeps_it(tmp_path):
    tfds = importlib.import_module("tensorflow_datasets")
    (tmp_path / "files").mkdir()
    frames = np.zeros((6, 32, 32, 3), np.uint8)
    write_video(tmp_path / "files/a.mp4", frames, 12)
    files = Manifest.from_folder(tmp_path / "files")
    spec = ClipSpec(num_frames=2, size=24, audio_seconds=0)
    text = citation("ucf101")
    write_tfds(files, tmp_path, "tiny", spec, citation=text)
    assert tfds.builder("tiny", data_dir=tmp_path).info.citation == text
