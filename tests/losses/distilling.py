"""What every loss between two layers has to stand."""

import numpy as np
from keras import ops

from tests.gradients import gradients


def features(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def numpy(x):
    return ops.convert_to_numpy(x)


def channels_last(x):
    return np.moveaxis(x, 1, -1)


def check_golden(loss, student, value, gradient):
    """The mean over the batch is the original's value, and so its gradient."""

    def mean(x):
        return ops.mean(loss(x))

    np.testing.assert_allclose(float(mean(student)), value, rtol=1e-5)
    (found,) = gradients(mean, student)
    np.testing.assert_allclose(found, gradient, rtol=1e-4, atol=1e-7)


def check_mask(loss):
    """A masked sample is as if it were not there."""
    x, y = features(6, 3, 5), features(6, 4, seed=1)
    mask = np.array([True, False, True, True, True, False])
    x[1], y[5] = 1e3, np.nan
    found = numpy(loss(x, y, mask=mask))
    np.testing.assert_allclose(
        found[mask], numpy(loss(x[mask], y[mask])), rtol=1e-4, atol=1e-6
    )
    np.testing.assert_array_equal(found[~mask], 0)
    none = numpy(loss(x, y, mask=np.zeros(6, bool)))
    np.testing.assert_array_equal(none, 0)
