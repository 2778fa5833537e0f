import os

import pytest

from keras_av.data import Manifest
from keras_av.data.generated.cached_set import (
    cached_set,
    checked_counts,
    write_manifest,
)
from keras_av.data.generated.event import CLASSES


def test_counts_are_multiples_of_the_classes():
    assert checked_counts(8, 0, 8) == {"train": 8, "test": 0}
    for counts in ((7, 8), (8, -8), (0, 0)):
        with pytest.raises(ValueError, match="num_"):
            checked_counts(*counts, 8)


def test_the_manifest_lists_what_is_to_be_written(tmp_path):
    files = write_manifest(tmp_path, {"train": 16, "test": 8}, CLASSES)
    manifest = Manifest.from_csv(tmp_path / "manifest.csv")
    assert sorted(path for path, *_ in files) == manifest.path.tolist()
    assert len(manifest.where(split="train")) == 16
    assert ("glide/train_0001.mp4", "glide", "train", 1) in files
    assert (tmp_path / "glide").is_dir()


def test_is_written_once_and_never_by_half(tmp_path):
    calls = []

    def write(folder):
        calls.append(folder)
        write_manifest(folder, {"train": 8, "test": 0}, CLASSES)
        if len(calls) == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cached_set("name", tmp_path, write)
    assert os.listdir(tmp_path) == []
    for _ in range(2):
        assert len(cached_set("name", tmp_path, write)) == 8
    assert len(calls) == 2 and os.listdir(tmp_path) == ["name"]


def test_a_home_that_is_none_names_the_variable(monkeypatch):
    monkeypatch.delenv("KERAS_AV_CACHE", raising=False)
    monkeypatch.setenv("HOME", os.devnull)
    with pytest.raises(NotADirectoryError, match="Set .* KERAS_AV_CACHE") as e:
        cached_set("name", None, None)
    assert e.value.filename == f"{os.devnull}/.cache/keras_av"
