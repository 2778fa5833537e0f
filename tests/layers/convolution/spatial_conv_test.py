import keras
import numpy as np
import pytest
from keras import ops

from keras_av.layers import SpatialConv
from tests import harness


def conv3d(x, kernel, strides, temporal_strides):
    """The definition: a flat Conv3D after zeros on every side."""
    margin = kernel.shape[0] // 2
    sides = (margin, margin)
    x = np.pad(x, ((0, 0), (0, 0), sides, sides, (0, 0)))
    steps = (temporal_strides, strides, strides)
    return ops.convert_to_numpy(
        ops.conv(x, kernel[None], steps, data_format="channels_last")
    )


@pytest.mark.parametrize("size", [(6, 8), (7, 5)])
@pytest.mark.parametrize(
    "kernel_size, strides, temporal_strides",
    [(3, 1, 1), (3, 2, 1), (7, 2, 1), (1, 1, 1), (1, 2, 2), (1, 2, 3)],
)
def test_equals_conv3d(size, kernel_size, strides, temporal_strides):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2, 5, *size, 3)).astype("float32")
    layer = SpatialConv(4, kernel_size, strides, temporal_strides)
    got = ops.convert_to_numpy(layer(x))
    expected = conv3d(x, layer.get_weights()[0], strides, temporal_strides)
    assert got.shape == layer.compute_output_shape(x.shape)
    np.testing.assert_allclose(got, expected, atol=1e-4)


def test_refuses_wrong_arguments():
    with pytest.raises(ValueError, match="odd"):
        SpatialConv(4, 2)
    with pytest.raises(ValueError, match="Expected clips"):
        SpatialConv(4, 3)(np.zeros((2, 8, 8, 3), "float32"))


@pytest.mark.backend
def test_stands(tmp_path):
    x = np.random.default_rng(0).standard_normal((2, 5, 7, 8, 3))
    harness.check_layer(
        lambda **options: SpatialConv(4, 3, 2, 2, **options),
        x.astype("float32"),
        folder=tmp_path,
    )
    model = keras.Sequential(
        [keras.Input((None, None, None, 3)), SpatialConv(4, 3, 2, 2)]
    )
    assert model.output_shape == (None, None, None, None, 4)
