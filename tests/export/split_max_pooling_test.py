import keras
import numpy as np
import pytest

from keras_av.export.split_max_pooling import SplitMaxPooling


@pytest.mark.backend
@pytest.mark.parametrize(
    "size, strides",
    [((3, 3, 3), (2, 2, 2)), ((1, 3, 3), (1, 2, 2)), ((2, 1, 3), (1, 1, 3))],
)
@pytest.mark.parametrize("shape", [(5, 7, 9), (None, 8, 6), (None,) * 3])
def test_is_the_pooling_of_keras(size, strides, shape):
    video = np.random.default_rng(0).normal(size=(2, 7, 8, 6, 3))
    sizes = [size or given for size, given in zip(shape, (7, 8, 6))]
    video = np.resize(video, (2, *sizes, 3)).astype("float32")
    inputs = keras.Input((*shape, 3))
    split = SplitMaxPooling(size, strides)(inputs)
    whole = keras.layers.MaxPooling3D(size, strides)(inputs)
    assert split.shape == whole.shape
    found, expected = keras.Model(inputs, [split, whole])(video)
    np.testing.assert_array_equal(found, expected)
