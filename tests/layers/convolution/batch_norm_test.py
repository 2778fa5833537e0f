import types

import keras
import numpy as np
import pytest
from keras import ops

from keras_av.layers import batch_norm


@pytest.mark.backend
def test_training_moves_the_statistics_by_a_tenth():
    layer = batch_norm("bn")
    x = np.random.default_rng(0).normal(3, 2, (8, 5, 4)).astype("float32")
    got = ops.convert_to_numpy(layer(x, training=True))
    mean, variance = x.mean(axis=(0, 1)), x.var(axis=(0, 1))
    expected = (x - mean) / np.sqrt(variance + 1e-5)
    np.testing.assert_allclose(got, expected, atol=1e-4)
    moving = ops.convert_to_numpy(layer.moving_mean)
    np.testing.assert_allclose(moving, 0.1 * mean, rtol=1e-4)
    assert layer.name == "bn"


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="tf.distribute"
)
@pytest.mark.parametrize("num_replicas", [1, 2])
def test_synchronised_if_there_are_several_replicas(num_replicas, monkeypatch):
    import tensorflow as tf

    strategy = types.SimpleNamespace(num_replicas_in_sync=num_replicas)
    monkeypatch.setattr(tf.distribute, "get_strategy", lambda: strategy)
    assert batch_norm().synchronized == (num_replicas > 1)
