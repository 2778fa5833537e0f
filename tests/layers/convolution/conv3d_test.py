import keras
import numpy as np
import pytest
from keras import ops

from keras_av.layers import Conv3D
from tests import harness
from tests.gradients import gradients


def clips(*shape):
    return np.random.default_rng(0).standard_normal(shape).astype("float32")


def oracle(x, kernel, strides, padding):
    """The definition, in float64."""
    size = kernel.shape[:3]
    if padding == "same":
        sides = [(k // 2, k // 2) for k in size]
        x = np.pad(x, [(0, 0), *sides, (0, 0)])
    windows = np.lib.stride_tricks.sliding_window_view(
        x.astype("float64"), size, axis=(1, 2, 3)
    )
    windows = windows[:, :: strides[0], :: strides[1], :: strides[2]]
    return np.einsum("nthwcijk,ijkcf->nthwf", windows, kernel)


@pytest.mark.backend
@pytest.mark.parametrize(
    "kernel_size, strides, padding",
    [
        ((3, 3, 3), (1, 1, 1), "same"),
        ((3, 3, 3), (2, 2, 2), "valid"),
        ((7, 7, 7), (1, 2, 2), "valid"),
        ((1, 3, 3), (2, 1, 1), "valid"),
        ((3, 1, 1), (1, 1, 1), "same"),
    ],
)
def test_matches_the_definition(kernel_size, strides, padding):
    x = clips(2, 9, 8, 7, 3)
    layer = Conv3D(4, kernel_size, strides, padding=padding)
    got = ops.convert_to_numpy(layer(x))
    expected = oracle(x, layer.get_weights()[0], strides, padding)
    np.testing.assert_allclose(got, expected, atol=2e-5)
    assert got.shape == layer.compute_output_shape(x.shape)


@pytest.mark.backend
@pytest.mark.parametrize("padding", ["same", "valid"])
def test_gradients_are_those_of_keras(padding):
    x, ours = clips(2, 5, 6, 7, 3), Conv3D(4, 3, padding=padding)
    ours.build(x.shape)
    theirs = keras.layers.Conv3D(4, 3, padding=padding)

    def loss(layer):
        return lambda x, kernel: ops.sum(
            ops.square(layer.convolution_op(x, kernel) + 0.1)
        )

    kernel = ours.get_weights()[0]
    for got, expected in zip(
        gradients(loss(ours), x, kernel),
        gradients(loss(theirs), x, kernel),
    ):
        np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.backend
@pytest.mark.parametrize(
    "options",
    [
        {"dilation_rate": 2},
        {"padding": "same", "strides": 2},
        {"padding": "same", "kernel_size": 2},
        {"activation": "relu", "bias_initializer": "ones"},
    ],
)
def test_every_option_gives_what_keras_gives(options):
    x = clips(2, 6, 7, 8, 4)
    options = {"filters": 4, "kernel_size": 3} | options
    ours, theirs = Conv3D(**options), keras.layers.Conv3D(**options)
    theirs.build(x.shape)
    ours.build(x.shape)
    theirs.set_weights(ours.get_weights())
    got, expected = map(ops.convert_to_numpy, (ours(x), theirs(x)))
    np.testing.assert_allclose(got, expected, atol=1e-5)


@pytest.mark.slow_on_jax
@pytest.mark.backend
def test_stands(tmp_path):
    harness.check_layer(
        lambda **options: Conv3D(4, 3, 2, **options),
        clips(2, 5, 7, 8, 3),
        folder=tmp_path,
    )
