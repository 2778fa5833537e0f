"""Gradients on whichever backend runs."""

import keras
import numpy as np


def gradients(function, *arrays):
    """Of a function of arrays that returns a scalar, one for each array."""
    arrays = [np.asarray(array, "float32") for array in arrays]
    backend = keras.backend.backend()
    if backend == "jax":
        import jax

        found = jax.grad(function, tuple(range(len(arrays))))(*arrays)
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
