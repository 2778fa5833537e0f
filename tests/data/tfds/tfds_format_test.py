import dataclasses
import importlib
import math

import numpy as np
import pytest

from keras_av.data import Manifest, MediaError
from keras_av.data.clip.clip_window import Extent
from keras_av.data.prepared.prepared_file import PreparedFile
from keras_av.data.tfds import tfds_format

MANIFEST = Manifest("root", ["a.mp4"], [1], class_names=("dog", "cat"))


def file_of(sound_end):
    extent = Extent(1 / 3, 29.97, 24, 32, sound_end)
    sound = np.arange(5, dtype=np.int16)
    return PreparedFile(extent, 2, np.array([0.0, 0.1]), [b"x", b"y"], sound)


@pytest.mark.parametrize("sound_end", [None, 2 / 3])
def test_there_and_back(sound_end):
    file = file_of(sound_end)
    record = tfds_format.to_record(MANIFEST, 0, file, True)
    assert (record["index"], record["label"], record["path"]) == (0, 1, "a.mp4")
    assert math.isnan(record["sound_end"]) == (sound_end is None)
    back = tfds_format.from_record(record)
    assert back.extent == file.extent and back.frames == file.frames
    assert back.num_bad_packets == 2
    np.testing.assert_array_equal(back.times, file.times)
    np.testing.assert_array_equal(back.sound, file.sound[:])


def test_times_must_fit_to_the_frames():
    record = tfds_format.to_record(MANIFEST, 0, file_of(None), True)
    record["times"] = record["times"][:1]
    with pytest.raises(MediaError, match="2 frames have 1 times"):
        tfds_format.from_record(record)


def test_says_what_to_install(monkeypatch):
    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(ImportError, match="keras_av.tfds"):
        tfds_format.tensorflow_datasets()


def test_a_file_of_sound_alone_has_no_rate_of_frames():
    file = dataclasses.replace(
        file_of(2 / 3),
        extent=Extent(1 / 3, sound_end=2 / 3),
        times=np.zeros(0),
        frames=[],
    )
    record = tfds_format.to_record(MANIFEST, 0, file, False)
    assert tfds_format.from_record(record).extent == file.extent
