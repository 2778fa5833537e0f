import keras
import numpy as np
import pytest
from keras import ops

from keras_av.models import ResNet3DBackbone
from keras_av.models.residual import (
    basic_block,
    conv,
    max_pool,
    residual_stages,
    stage_widths,
)


def graph(function, shape):
    inputs = keras.Input(shape)
    return keras.Model(inputs, function(inputs))


def torch_conv(x, kernel, strides):
    """Convolution with half a kernel of zeros on both sides, by loops."""
    size = kernel.shape[0]
    margin = size // 2
    x = np.pad(x, ((0, 0), (margin, margin), (margin, margin), (0, 0)))
    height = (x.shape[1] - size) // strides + 1
    width = (x.shape[2] - size) // strides + 1
    y = np.empty((len(x), height, width, kernel.shape[-1]))
    for i in range(height):
        for j in range(width):
            rows = slice(i * strides, i * strides + size)
            columns = slice(j * strides, j * strides + size)
            y[:, i, j] = np.tensordot(x[:, rows, columns], kernel, 3)
    return y


@pytest.mark.parametrize("size", [(6, 8), (7, 5)])
@pytest.mark.parametrize("kernel_size, strides", [(3, 1), (3, 2), (7, 2)])
def test_conv_pads_both_sides_alike(size, kernel_size, strides):
    x = np.random.default_rng(0).standard_normal((2, *size, 3))
    model = graph(lambda x: conv(x, 4, kernel_size, strides, "c"), (*size, 3))
    got = ops.convert_to_numpy(model(x.astype("float32")))
    expected = torch_conv(x, model.get_weights()[0], strides)
    np.testing.assert_allclose(got, expected, atol=1e-4)


def test_max_pool_is_that_of_a_map_padded_with_minus_infinity():
    x = np.abs(np.random.default_rng(0).standard_normal((2, 6, 7, 3)))
    got = graph(lambda x: max_pool(x, 3, 2), (6, 7, 3))(x.astype("float32"))
    padded = np.pad(
        x, ((0, 0), (1, 1), (1, 1), (0, 0)), constant_values=-np.inf
    )
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), (1, 2))
    expected = windows.max(axis=(-1, -2))[:, ::2, ::2]
    np.testing.assert_allclose(ops.convert_to_numpy(got), expected, rtol=1e-6)


def test_basic_block_without_shortcut_weights_keeps_the_input():
    model = graph(lambda x: basic_block(x, 3, 1, "b"), (4, 4, 3))
    assert not any("downsample" in layer.name for layer in model.layers)
    model.get_layer("b_bn2").gamma.assign(np.zeros(3))
    x = np.abs(np.random.default_rng(0).standard_normal((1, 4, 4, 3)))
    got = ops.convert_to_numpy(model(x.astype("float32")))
    np.testing.assert_allclose(got, x, rtol=1e-6)


def test_stages_halve_all_but_the_first():
    inputs = keras.Input((16, 17, 4))
    taps = residual_stages(inputs, 4 * [basic_block], 18, 4)
    assert [tuple(x.shape[1:]) for x in taps.values()] == [
        (16, 17, 4),
        (16, 17, 4),
        (8, 9, 8),
        (4, 5, 16),
        (2, 3, 32),
    ]


def test_stage_widths():
    assert stage_widths(64) == (64, 128, 256, 512)
    assert stage_widths([2, 3, 4, 5]) == (2, 3, 4, 5)
    assert stage_widths([7]) == (7,)


def test_fewer_widths_leave_out_the_later_stages():
    backbone = ResNet3DBackbone(10, (3, 5), (4, 16, 16, 3), variant="mc3")
    assert list(backbone.taps) == ["stem", "stage1", "stage2"]
    assert backbone.taps["stage2"].shape == (None, 4, 4, 4, 5)
    assert backbone.output_shape == (None, 5)
    again = ResNet3DBackbone.from_config(backbone.get_config())
    assert [w.shape for w in again.weights] == [
        w.shape for w in backbone.weights
    ]
