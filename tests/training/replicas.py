"""One replica, and two on logical devices, for all tests of a process."""

import functools

import tensorflow as tf


@functools.cache
def strategies():
    # A second strategy would number its collective operations as the first
    # did, and TensorFlow would mix them up.
    return (
        tf.distribute.get_strategy(),
        tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]),
    )
