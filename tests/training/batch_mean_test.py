import numpy as np
import pytest

from keras_av.training import batch_mean

pytestmark = pytest.mark.backend


@pytest.mark.parametrize("size", [1, 7])
def test_is_the_weighted_mean(size):
    rng = np.random.default_rng(0)
    values, weights = rng.random(size), rng.random(size)
    np.testing.assert_allclose(
        float(batch_mean(values, weights)),
        np.average(values, weights=weights),
        rtol=1e-5,
    )
    np.testing.assert_allclose(
        float(batch_mean(values)), values.mean(), rtol=1e-5
    )


def test_values_of_weight_zero_may_be_anything():
    values = np.array([2.0, np.nan, np.inf])
    assert float(batch_mean(values, np.array([True, False, False]))) == 2.0
    assert float(batch_mean(values, np.zeros(3))) == 0.0
