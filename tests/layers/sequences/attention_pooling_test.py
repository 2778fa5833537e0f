import keras
import numpy as np
import pytest
from keras import ops

from keras_av.layers import AttentionPooling


def oracle(x, mask, w, b, v):
    scores = np.tanh(x @ w + b) @ v
    scores = np.where(mask, scores[..., 0], -np.inf)
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    return (weights[..., None] * x).sum(axis=1)


def entries(seed=0):
    random = np.random.default_rng(seed)
    x = random.normal(size=(3, 6, 4)).astype("float32")
    return x, np.arange(6) < np.array([6, 1, 4])[:, None]


@pytest.mark.backend
@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
def test_formula(dtype):
    x, mask = entries()
    layer = AttentionPooling(5, seed=1, dtype=dtype)
    found = layer(x, mask)
    assert keras.backend.standardize_dtype(found.dtype) == "float32"
    arrays = [ops.convert_to_numpy(w).astype("float64") for w in layer.weights]
    tolerance = 1e-5 if dtype == "float32" else 0.05
    np.testing.assert_allclose(
        ops.convert_to_numpy(found), oracle(x, mask, *arrays), atol=tolerance
    )


def test_padding_counts_for_nothing():
    x, mask = entries()
    layer = AttentionPooling(5, seed=1)
    expected = ops.convert_to_numpy(layer(x, mask))
    x[~mask] = 1e6
    np.testing.assert_allclose(
        ops.convert_to_numpy(layer(x, mask)), expected, atol=1e-5
    )


def test_follows_its_seed_and_config():
    x, mask = entries()
    layer = AttentionPooling(5, seed=1)
    layer(x, mask)
    other = AttentionPooling.from_config(layer.get_config())
    other(x, mask)
    for one, two in zip(layer.weights, other.weights):
        np.testing.assert_array_equal(
            ops.convert_to_numpy(one), ops.convert_to_numpy(two)
        )
