import keras
import numpy as np
import pytest
from keras import ops

from keras_av.layers import BatchNormalization
from tests import harness
from tests.gradients import gradients

EPSILON = 1e-5


def inputs(*shape, offset=3.0, seed=0):
    x = np.random.default_rng(seed).normal(offset, 2, shape)
    return x.astype("float32")


def oracle(x, weights, gamma, beta):
    """Outputs, and the gradients of `sum(weights * outputs)`, in float64."""
    x, weights = x.astype("float64"), weights.astype("float64")
    axes = tuple(range(x.ndim - 1))
    mean, variance = x.mean(axes), x.var(axes)
    inverse = 1 / np.sqrt(variance + EPSILON)
    z = (x - mean) * inverse
    along = weights.mean(axes) + z * (weights * z).mean(axes)
    return (
        z * gamma + beta,
        (weights - along) * gamma * inverse,
        (weights * z).sum(axes),
        weights.sum(axes),
    )


def found(layer, x, weights, gamma, beta):
    """The same, of a layer."""
    layer.build(x.shape)

    def loss(x, gamma, beta):
        state = layer.stateless_call(
            [gamma, beta],
            [v.value for v in layer.non_trainable_variables],
            x,
            training=True,
        )
        return ops.sum(ops.multiply(state[0], weights))

    outputs, _ = layer.stateless_call(
        [ops.convert_to_tensor(gamma), ops.convert_to_tensor(beta)],
        [v.value for v in layer.non_trainable_variables],
        ops.convert_to_tensor(x),
        training=True,
    )
    return [
        harness.numpy(outputs),
        *gradients(loss, x, gamma, beta),
    ]


@pytest.mark.backend
@pytest.mark.parametrize("shape", [(6, 3), (4, 5, 7, 3), (2, 3, 4, 5, 8)])
@pytest.mark.parametrize("offset", [0.0, 30.0])
def test_is_as_exact_as_keras(shape, offset):
    x, weights = (
        inputs(*shape, offset=offset),
        inputs(*shape, offset=0.5, seed=1),
    )
    gamma, beta = inputs(2, shape[-1], offset=1.0)
    expected = oracle(x, weights, gamma, beta)
    errors = [
        [
            np.abs(a - b).max() / np.abs(b).max()
            for a, b in zip(found(layer, x, weights, gamma, beta), expected)
        ]
        for layer in (
            BatchNormalization(epsilon=EPSILON),
            keras.layers.BatchNormalization(epsilon=EPSILON),
        )
    ]
    for ours, theirs in zip(*errors):
        assert ours <= max(1.5 * theirs, 5e-7)


@pytest.mark.backend
@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
def test_moves_its_statistics_as_keras_does(dtype):
    x = inputs(4, 5, 6, 3)
    layers = [
        kind(momentum=0.8, dtype=dtype)
        for kind in (BatchNormalization, keras.layers.BatchNormalization)
    ]
    for _ in range(3):
        outputs = [
            ops.convert_to_numpy(ops.cast(layer(x, training=True), "float32"))
            for layer in layers
        ]
        np.testing.assert_allclose(*outputs, rtol=0.02, atol=0.02)
    for a, b in zip(*(layer.get_weights() for layer in layers)):
        assert a.dtype == "float32"
        np.testing.assert_allclose(a, b, rtol=1e-5)


@pytest.mark.backend
def test_a_constant_channel_has_no_variance():
    layer = BatchNormalization(epsilon=EPSILON, momentum=0.0)
    got = ops.convert_to_numpy(layer(np.full((4, 3), 7.0), training=True))
    np.testing.assert_allclose(got, 0, atol=1e-4)
    variance = ops.convert_to_numpy(layer.moving_variance)
    assert (variance >= 0).all() and (variance < 1e-6).all()


@pytest.mark.backend
@pytest.mark.slow_on_jax
def test_masks_frozen_layers_and_other_axes_are_left_to_keras():
    x = inputs(4, 5, 3)
    mask = np.arange(20).reshape(4, 5) % 3 > 0
    for options, call in [
        ({}, {"mask": mask}),
        ({"trainable": False}, {}),
        ({"axis": 1}, {}),
        ({"scale": False}, {}),
    ]:
        layers = [
            kind(**options)
            for kind in (BatchNormalization, keras.layers.BatchNormalization)
        ]
        outputs = [
            ops.convert_to_numpy(layer(x, training=True, **call))
            for layer in layers
        ]
        np.testing.assert_array_equal(*outputs)
        for a, b in zip(*(layer.get_weights() for layer in layers)):
            np.testing.assert_array_equal(a, b)


@pytest.mark.backend
def test_stands(tmp_path):
    harness.check_layer(
        lambda **options: BatchNormalization(**options),
        inputs(4, 5, 3),
        folder=tmp_path,
        training=True,
    )
