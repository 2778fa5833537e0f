import keras
import numpy as np
import pytest
from keras import ops

from keras_av.layers import WeightNormLSTMCell
from tests import harness


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def oracle(x, h, c, weights):
    v_in, g_in, v_re, g_re, bias = (w.astype("float64") for w in weights)
    kernel = g_in * v_in / np.linalg.norm(v_in, axis=0)
    recurrent = g_re * v_re / np.linalg.norm(v_re, axis=0)
    i, f, g, o = np.split(x @ kernel + h @ recurrent + bias, 4, axis=1)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


@pytest.mark.slow_on_jax
@pytest.mark.backend
def test_matches_the_definition():
    random = np.random.default_rng(0)
    cell = WeightNormLSTMCell(4, seed=1)
    cell.build((None, 3))
    cell.set_weights([random.normal(size=w.shape) for w in cell.weights])
    x, h, c = (random.normal(size=(2, n)) for n in (3, 4, 4))
    output, states = cell(x, [h, c])
    expected = oracle(x, h, c, cell.get_weights())
    for got, wanted in zip((output, states[1]), expected):
        np.testing.assert_allclose(
            ops.convert_to_numpy(got), wanted, rtol=1e-4, atol=1e-6
        )


def test_begins_as_an_ordinary_lstm_without_forget_bias():
    cell = WeightNormLSTMCell(4, seed=1)
    x = np.random.default_rng(0).normal(size=(2, 6, 3)).astype("float32")
    got = keras.layers.RNN(cell)(x)
    plain = keras.layers.LSTM(4, unit_forget_bias=False)
    plain.build(x.shape)
    kernel, _, recurrent, _, bias = cell.get_weights()
    plain.set_weights([kernel, recurrent, bias])
    assert not bias.any()
    np.testing.assert_allclose(
        ops.convert_to_numpy(got), ops.convert_to_numpy(plain(x)), atol=1e-5
    )


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_half_precision(policy):
    cell = WeightNormLSTMCell(4, dtype=policy)
    zeros = ops.zeros((2, 4), policy.removeprefix("mixed_"))
    output, _ = cell(np.full((2, 3), 1e4), [zeros, zeros])
    assert np.isfinite(ops.convert_to_numpy(ops.cast(output, "float32"))).all()


def test_config():
    harness.check_config(WeightNormLSTMCell(4, seed=2))
