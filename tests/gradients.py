"""Gradients on whichever backend runs."""

import functools

import keras
import numpy as np


def compiled(function, *static):
    """The function; JAX would compile each of its operations else.

    Args:
        function: Function of arrays.
        *static: Names of arguments that are no arrays.
    """
    if keras.backend.backend() != "jax":
        return function
    import jax

    return jax.jit(function, static_argnames=static)


@functools.cache
def _jax_gradients(function, count):
    import jax

    return jax.jit(jax.grad(function, tuple(range(count))))


def gradients(function, *arrays):
    """Of a function of arrays that returns a scalar, one for each array."""
    arrays = [np.asarray(array, "float32") for array in arrays]
    backend = keras.backend.backend()
    if backend == "jax":
        found = _jax_gradients(function, len(arrays))(*arrays)
    elif backend == "torch":
        import torch

        inputs = [torch.tensor(a, requires_grad=True) for a in arrays]
        found = torch.autograd.grad(function(*inputs), inputs)
    else:
        import tensorflow as tf

        inputs = [tf.constant(a) for a in arrays]
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            value = function(*inputs)
        found = tape.gradient(value, inputs)
    return [keras.ops.convert_to_numpy(gradient) for gradient in found]
