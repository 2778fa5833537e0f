import keras
import numpy as np
import pytest
from keras import ops

from keras_av.layers import FusionMLP
from tests import harness


@pytest.mark.backend
def test_matches_the_definition():
    layer = FusionMLP(5, 7, keras.initializers.GlorotUniform(0))
    x = np.random.default_rng(0).normal(size=(2, 3, 4))
    got = ops.convert_to_numpy(layer([x[0], x[1]]))
    w1, b1, w2, b2 = (w.astype("float64") for w in layer.get_weights())
    both = np.concatenate([x[0], x[1]], axis=-1)
    expected = np.maximum(both @ w1 + b1, 0) @ w2 + b2
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-6)


def test_number_of_weights():
    layer = FusionMLP()
    layer.build([(None, 512), (None, 512)])
    assert layer.count_params() == 1_574_400


def test_features_of_many_clips_at_once():
    layer = FusionMLP(5, 7)
    x = np.random.default_rng(0).normal(size=(2, 3, 4)).astype("float32")
    whole = ops.convert_to_numpy(layer([x, x]))
    assert whole.shape == (2, 3, 5)
    np.testing.assert_allclose(
        whole[:, 1], ops.convert_to_numpy(layer([x[:, 1], x[:, 1]])), atol=1e-6
    )


@pytest.mark.slow_on_jax
@pytest.mark.backend
def test_stands(tmp_path):
    random = np.random.default_rng(0)
    harness.check_layer(
        lambda **options: FusionMLP(5, 7, "he_normal", name="psi", **options),
        [random.normal(size=(2, n)).astype("float32") for n in (3, 4)],
        folder=tmp_path,
        dtype="float32",
    )
