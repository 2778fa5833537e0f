import numpy as np
import pytest
from keras import ops

from keras_av.layers import BankAttention
from tests import harness


def built(**options):
    layer = BankAttention(4, 6, seed=0, **options)
    layer.build((None, 5), (None, None, 3))
    return layer


def inputs():
    random = np.random.default_rng(0)
    state, bank = random.normal(size=(2, 5)), random.normal(size=(2, 7, 3))
    return state.astype("float32"), bank.astype("float32")


@pytest.mark.slow_on_jax
@pytest.mark.backend
def test_matches_the_definition():
    layer = built()
    state, bank = inputs()
    mask = np.array([[1] * 7, [1] * 4 + [0] * 3], bool)
    got = ops.convert_to_numpy(layer(state, layer.keys(bank), mask))

    def dense(part, x):
        kernel, bias = part.get_weights()
        return x @ kernel + bias

    # New statistics: mean 0, variance 1.
    scale = 1 / np.sqrt(1 + 1e-5)
    keys = np.maximum(dense(layer.key_dense, bank) * scale, 0)
    hidden = np.maximum(dense(layer.hidden_dense, state) * scale, 0)
    query = dense(layer.query_dense, hidden)
    scores = np.einsum("bnk,bk->bn", keys, query) / 2
    powers = np.exp(scores) * mask
    np.testing.assert_allclose(
        got, powers / powers.sum(1, keepdims=True), rtol=1e-4, atol=1e-7
    )
    assert (got[1, 4:] == 0).all()


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_half_precision(policy):
    layer = built(dtype=policy)
    state, bank = inputs()
    weights = layer(state, layer.keys(100 * bank), np.ones((2, 7), bool))
    got = ops.convert_to_numpy(weights)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got.sum(1), 1, atol=1e-5)


def test_statistics_follow_in_training_only():
    layer = built()
    state, bank = inputs()
    before = layer.get_weights()
    layer.keys(bank)
    for a, b in zip(before, layer.get_weights()):
        np.testing.assert_array_equal(a, b)
    layer.keys(bank, training=True)
    assert abs(ops.convert_to_numpy(layer.key_norm.moving_mean)).max() > 0


def test_config():
    harness.check_config(built())
