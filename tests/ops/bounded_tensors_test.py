import keras
import numpy as np
import pytest

from keras_av.ops.bounded_tensors import bounded_tensors


class WithValues(keras.layers.Layer):
    """Its call needs values, so it cannot be only described on PyTorch."""

    def call(self, inputs):
        if keras.backend.backend() == "torch":
            assert float(inputs[0, 0].sum()) >= 0
        return 2 * inputs


class Doubled(keras.layers.Layer):
    """Its call is only described on every backend."""

    def call(self, inputs):
        return 2 * inputs


class Repeated(WithValues):
    """It makes much of little."""

    def call(self, inputs):
        return super().call(keras.ops.tile(inputs, (1, 10**7)))


@pytest.mark.backend
def test_shapes_of_any_size_are_found():
    with bounded_tensors():
        outputs = keras.layers.RepeatVector(10**9)(keras.Input((8,)))
        assert outputs.shape == (None, 10**9, 8)
        outputs = Doubled()(keras.Input((10**9, 8)))
        assert outputs.shape == (None, 10**9, 8)
        assert WithValues()(keras.Input((8, 2))).shape == (None, 8, 2)


@pytest.mark.skipif(
    keras.backend.backend() != "torch", reason="Others compute nothing."
)
@pytest.mark.backend
@pytest.mark.parametrize(
    "layer, shape, wrong",
    [
        (WithValues(), (10**8, 8), r"\(83, 100000000, 8\)"),
        (Repeated(), (8,), r"\(83, 80000000\)"),
    ],
)
def test_large_tensors_are_refused_unmade(layer, shape, wrong):
    inputs = keras.Input(shape)
    with pytest.raises(ValueError, match=f"of the shape {wrong} only to"):
        with bounded_tensors():
            layer(inputs)


@pytest.mark.backend
def test_views_take_no_memory():
    # Keras computes this one with values on PyTorch.
    layer = keras.layers.Pipeline([keras.layers.RepeatVector(10**8)])
    with bounded_tensors():
        outputs = layer(keras.Input((8,)))
    assert outputs.shape == (None, 10**8, 8)


@pytest.mark.backend
def test_what_is_computed_stays_the_same():
    layer = keras.layers.Dense(3)
    inputs = np.random.default_rng(0).normal(size=(4, 2))
    expected = keras.ops.convert_to_numpy(layer(inputs))
    with bounded_tensors():
        found = keras.ops.convert_to_numpy(layer(inputs))
        weight = keras.Variable(np.zeros(2))
        weight.assign_add(np.ones(2))
    np.testing.assert_array_equal(found, expected)
    assert keras.ops.convert_to_numpy(weight).tolist() == [1.0, 1.0]
