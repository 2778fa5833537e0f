import keras
import numpy as np
import pytest
from keras import ops

from keras_av.layers import batch_norm


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
def test_synchronised_under_a_strategy_of_several_replicas():
    import tensorflow as tf

    assert not batch_norm().synchronized
    cpu = tf.config.list_logical_devices("CPU")
    with tf.distribute.MirroredStrategy([cpu[0].name]).scope():
        assert not batch_norm().synchronized
    if len(cpu) < 2:
        pytest.skip("needs two logical devices")
    with tf.distribute.MirroredStrategy([d.name for d in cpu[:2]]).scope():
        assert batch_norm().synchronized
