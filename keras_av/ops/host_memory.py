"""Weights in the memory of the host, beside an accelerator."""

import contextlib
from collections.abc import Iterator

import keras

_BACKEND = keras.backend.backend()
# TensorFlow ignores "cpu", and PyTorch takes "cpu:0" for another device.
_HOST = "cpu:0" if _BACKEND == "tensorflow" else "cpu"


@contextlib.contextmanager
def host_memory() -> Iterator[None]:
    """Put the weights that are made inside into the memory of the host.

    Raises:
        ValueError: On JAX, and with several replicas of `tf.distribute`, each
            of which would put them on its own device.

    Examples:

    >>> import keras
    >>> from keras_av.ops.host_memory import host_memory
    >>> if keras.backend.backend() != "jax":
    ...     with host_memory():
    ...         weight = keras.Variable([1.0, 2.0])
    """
    if _BACKEND == "jax":
        raise ValueError(
            "on_host=True works on TensorFlow and PyTorch. On JAX share the "
            "rows among devices by a layout of "
            "keras.distribution.ModelParallel, such as "
            'layout_map[".*bank/(rows|written)"] = ("batch",).'
        )
    if _BACKEND == "tensorflow":
        import tensorflow as tf

        replicas = tf.distribute.get_strategy().num_replicas_in_sync
        if replicas > 1:
            raise ValueError(
                "on_host=True does not work with several replicas of "
                "tf.distribute: each has a copy on its own device. Received: "
                f"{replicas} replicas."
            )
    with keras.device(_HOST):
        yield
