import numpy as np
import pytest

from keras_av.losses import hint_loss
from tests import harness
from tests.losses import distilling

pytestmark = pytest.mark.backend


@pytest.mark.parametrize("shape", [(3, 5), (2, 4, 5), (2, 2, 3, 3, 4)])
def test_matches_the_definition(shape):
    x, y = distilling.features(*shape), distilling.features(*shape, seed=1)
    expected = [np.mean((a - b) ** 2) for a, b in zip(x, y)]
    got = distilling.numpy(hint_loss(x, y))
    np.testing.assert_allclose(got, expected, rtol=1e-5)


def test_golden(vectors):
    golden = vectors("kd_zoo")
    student, teacher, gradient = (
        distilling.channels_last(golden[f"hint_{name}"])
        for name in ("fs", "ft", "g")
    )
    distilling.check_golden(
        lambda x: hint_loss(x, teacher), student, golden["hint_loss"], gradient
    )


def test_stands():
    harness.check_loss(
        hint_loss, *(distilling.features(3, 4, 4, 2, seed=i) for i in (0, 1))
    )


def test_shapes_must_agree():
    with pytest.raises(ValueError, match=r"\(1, 4, 4, 2\) and \(1, 4, 4, 3\)"):
        hint_loss(np.ones((1, 4, 4, 2)), np.ones((1, 4, 4, 3)))
