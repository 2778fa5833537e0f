import keras
import numpy as np
import pytest
from scipy.special import softmax

from keras_av.evaluation import predict_videos
from keras_av.methods import Supervised


def test_mean_of_the_softmax_over_clips():
    logits = np.array([[9.0, 0, 0], [0, 1, 0], [0, 1, 0], [800.0, 0, 0]])
    model = keras.Sequential([keras.Input((3,)), keras.layers.Rescaling(1.0)])
    batch = {
        "video": logits,
        "index": np.array([4, 4, 4, 1]),
        "label": np.array([0, 0, 0, 2]),
    }
    got = predict_videos(model, [batch])
    expected = [[1, 0, 0], softmax(logits[:3], axis=1).mean(axis=0)]
    np.testing.assert_allclose(got["probabilities"], expected, atol=1e-6)
    # Averaging logits would choose the first class by far.
    np.testing.assert_array_equal(got["index"], [1, 4])
    np.testing.assert_array_equal(got["label"], [2, 0])


def test_mean_of_the_logits():
    logits = np.array([[9.0, 0, 0], [0, 1, 0], [0, 1, 0]])
    model = keras.Sequential([keras.Input((3,)), keras.layers.Rescaling(1.0)])
    batch = {"video": logits, "index": np.array([4, 4, 4])}
    got = predict_videos(model, [batch], average="logits")
    assert set(got) == {"logits", "index"}
    np.testing.assert_allclose(got["logits"], [[3, 2 / 3, 0]], rtol=1e-6)
    with pytest.raises(ValueError, match="'probabilities', 'logits'"):
        predict_videos(model, [batch], average="votes")


def test_a_model_that_takes_the_whole_batch():
    classifier = keras.Sequential(
        [keras.Input((3,)), keras.layers.Rescaling(2.0)]
    )
    model = Supervised(classifier, key="audio", multi_label=True)
    batch = {
        "audio": np.eye(3)[[0, 1, 2, 2]],
        "index": np.array([1, 1, 0, 0]),
        "label": np.array([[1, 0, 0], [1, 0, 0], [0, 1, 1], [0, 1, 1]]),
    }
    got = predict_videos(model, [batch], key=None, average="logits")
    np.testing.assert_allclose(got["logits"], [[0, 0, 2], [1, 1, 0]])
    np.testing.assert_array_equal(got["label"], [[0, 1, 1], [1, 0, 0]])
