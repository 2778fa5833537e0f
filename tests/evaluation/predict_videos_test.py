import keras
import numpy as np
from scipy.special import softmax

from keras_av.evaluation import predict_videos


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
