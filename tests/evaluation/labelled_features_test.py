"""Descriptors of what has a class."""

import keras
import numpy as np
import pytest

from keras_av.evaluation.encode_clips import encode_clips
from keras_av.evaluation.labelled_features import (
    labelled_features,
    largest_share,
)


def test_what_has_no_class_is_left_out():
    encoder = keras.Sequential([keras.Input((2,)), keras.layers.Identity()])
    batch = {
        "video": np.arange(6, dtype="float32").reshape(3, 2),
        "index": np.array([2, 0, 1]),
        "label": np.array([1, -1, 0]),
    }

    def encode():
        return encode_clips({"video": encoder}, [batch])

    found = labelled_features(encode(), "video")
    assert found["index"].tolist() == [1, 2]
    assert found["label"].tolist() == [0, 1]
    assert found["features"].tolist() == [[4, 5], [0, 1]]
    batch["label"][:] = -1
    with pytest.raises(ValueError, match="all with label -1"):
        labelled_features(encode(), "video")


def test_the_share_of_the_largest_class():
    assert largest_share(np.array([2, 2, 0, 2])) == 0.75
