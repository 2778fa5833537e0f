"""Weights of clips."""

import numpy as np
import pytest
from keras import ops

from keras_av.training import clip_weights

BATCH = {
    "video": np.zeros((4, 2), "float16"),
    "sample_weight": np.array([0.5, 2.0, 3.0, 4.0]),
    "label": np.array([0, -1, 2, 1]),
    "has_audio": np.array([True, True, False, True]),
    "has_text": np.array([False, True, True, True]),
}


@pytest.mark.parametrize(
    "keys, options, expected",
    [
        ("", {"labelled": False}, [1, 1, 1, 1]),
        ("label has_audio", {}, [1, 1, 1, 1]),
        ("sample_weight", {}, [0.5, 2, 3, 4]),
        ("label", {"labelled": True}, [1, 0, 1, 1]),
        ("has_audio", {"with_audio": True}, [1, 1, 0, 1]),
        ("", {"with_audio": True}, [1, 1, 1, 1]),
        ("has_text has_audio", {"with_text": True}, [0, 1, 1, 1]),
        ("has_text", {}, [1, 1, 1, 1]),
        ("", {"with_text": True}, [1, 1, 1, 1]),
        (
            "has_text has_audio sample_weight",
            {"with_text": True, "with_audio": True},
            [0, 2, 0, 4],
        ),
        (
            "sample_weight label has_audio",
            {"labelled": True, "with_audio": True},
            [0.5, 0, 0, 4],
        ),
    ],
)
def test_products(keys, options, expected):
    batch = {key: BATCH[key] for key in ("video", *keys.split())}
    weights = ops.convert_to_numpy(clip_weights(batch, **options))
    assert weights.dtype == np.float32
    np.testing.assert_array_equal(weights, np.float32(expected))


def test_several_labels_are_all_known_or_none():
    batch = {"label": np.array([[0, 1], [1, -1], [-1, -1]])}
    weights = ops.convert_to_numpy(clip_weights(batch, labelled=True))
    np.testing.assert_array_equal(weights, [1, 0, 0])
