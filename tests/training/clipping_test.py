"""Gradient clipping, of scaled gradients too."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_av.training.clipping import clip_gradients, clips


def arrays():
    rng = np.random.default_rng(0)
    return [rng.standard_normal(shape) for shape in ((3, 2), (5,), (1,))]


def norm(*values):
    return np.sqrt(sum(np.sum(x**2) for x in values))


CLIPPED = {
    "clipvalue": lambda values: [np.clip(x, -0.5, 0.5) for x in values],
    "clipnorm": lambda values: [x * min(1, 0.5 / norm(x)) for x in values],
    "global_clipnorm": lambda values: [
        x * min(1, 0.5 / norm(*values)) for x in values
    ],
}


@pytest.mark.backend
@pytest.mark.parametrize("scale", [1.0, 64.0])
@pytest.mark.parametrize("name", CLIPPED)
def test_matches_the_definition(name, scale):
    optimizer = keras.optimizers.SGD(**{name: 0.5})
    assert clips(optimizer)
    scaled = [ops.convert_to_tensor(scale * x, "float32") for x in arrays()]
    found = clip_gradients(scaled, optimizer, scale)
    for x, expected in zip(found, CLIPPED[name](arrays()), strict=True):
        x = ops.convert_to_numpy(x) / scale
        np.testing.assert_allclose(x, expected, rtol=1e-5)


def test_does_nothing_unless_it_is_asked_for():
    assert not clips(keras.optimizers.SGD())
