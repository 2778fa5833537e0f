import keras
import numpy as np
import pytest
from keras import ops

from keras_av.layers import TemporalConv
from tests import harness


def conv3d(x, kernel, strides):
    """The definition: a thin Conv3D after zeros before and after."""
    margin = kernel.shape[0] // 2
    x = np.pad(x, ((0, 0), (margin, margin), (0, 0), (0, 0), (0, 0)))
    kernel = kernel[:, None]
    return ops.convert_to_numpy(
        ops.conv(x, kernel, (strides, 1, 1), data_format="channels_last")
    )


@pytest.mark.parametrize("frames", [6, 7])
@pytest.mark.parametrize(
    "kernel_size, strides", [(3, 1), (3, 2), (7, 2), (1, 1), (1, 2)]
)
def test_equals_conv3d(frames, kernel_size, strides):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2, frames, 4, 5, 3)).astype("float32")
    layer = TemporalConv(4, kernel_size, strides)
    got = ops.convert_to_numpy(layer(x))
    expected = conv3d(x, layer.get_weights()[0], strides)
    assert got.shape == layer.compute_output_shape(x.shape)
    np.testing.assert_allclose(got, expected, atol=1e-4)


def test_refuses_wrong_arguments():
    with pytest.raises(ValueError, match="odd"):
        TemporalConv(4, 4)
    with pytest.raises(ValueError, match="Expected clips"):
        TemporalConv(4, 3)(np.zeros((2, 8, 8, 3), "float32"))


@pytest.mark.backend
def test_stands(tmp_path):
    x = np.random.default_rng(0).standard_normal((2, 5, 7, 8, 3))
    harness.check_layer(
        lambda **options: TemporalConv(4, 3, 2, **options),
        x.astype("float32"),
        folder=tmp_path,
    )
    model = keras.Sequential(
        [keras.Input((None, None, None, 3)), TemporalConv(4, 3, 2)]
    )
    assert model.output_shape == (None, None, None, None, 4)
