import numpy as np
import pytest

from keras_av.metrics import unit_rows


def test_unit_length_in_float64():
    x = np.random.default_rng(0).standard_normal((5, 3)).astype("float32")
    got = unit_rows(x)
    assert got.dtype == np.float64
    np.testing.assert_allclose((got**2).sum(axis=1), 1.0)
    np.testing.assert_allclose(np.cross(got, x), 0.0, atol=1e-6)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_names_the_first_broken_row(value):
    x = np.ones((4, 2))
    x[2, 1] = value
    with pytest.raises(ValueError, match="1 of 4 rows, first in row 2"):
        unit_rows(x)


@pytest.mark.parametrize("shape", [(3,), (0, 4), (2, 3, 4)])
def test_refuses_other_shapes(shape):
    with pytest.raises(ValueError, match="at least one row"):
        unit_rows(np.zeros(shape))
