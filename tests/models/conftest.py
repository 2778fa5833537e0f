"""What makes tests of whole networks affordable."""

import keras
import numpy as np
import pytest


@pytest.fixture(autouse=True)
def numpy_weights(monkeypatch):
    """Draw initial kernels by NumPy.

    JAX compiles a random generator anew for every shape, which takes a second
    each.
    """
    rng = np.random.default_rng(0)

    def draw(self, shape, dtype=None):
        scale = np.sqrt(2 / np.prod(shape[:-1]))
        return (scale * rng.standard_normal(shape, "float32")).astype(dtype)

    for initializer in (
        keras.initializers.HeNormal,
        keras.initializers.GlorotUniform,
    ):
        monkeypatch.setattr(initializer, "__call__", draw)


@pytest.fixture(scope="session")
def jit_compile():
    """Whether to compile a training step: the faster for one step."""
    return keras.backend.backend() == "jax"
