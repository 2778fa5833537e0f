import numpy as np
import pytest
from keras import ops

from keras_av.ops import unit_length
from tests.gradients import gradients

pytestmark = pytest.mark.backend


def test_length_one_and_zero_stays_zero():
    x = np.array([[3.0, 4.0], [0.0, 0.0], [6e4, 0.0]], "float16")
    got = ops.convert_to_numpy(unit_length(x))
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, [[0.6, 0.8], [0, 0], [1, 0]], rtol=1e-6)


def test_the_gradient_is_across_the_vector_and_finite_at_zero():
    x = np.array([[3.0, 4.0], [0.0, 0.0]])
    (got,) = gradients(lambda x: ops.sum(unit_length(x)[:, 0]), x)
    np.testing.assert_allclose(got[0], [16 / 125, -12 / 125], rtol=1e-5)
    assert np.isfinite(got).all()
