import numpy as np
import pytest

from keras_av.losses import similarity_preserving
from tests import harness
from tests.losses import distilling

pytestmark = pytest.mark.backend


def oracle(x, y):
    grams = []
    for f in (x, y):
        f = f.reshape(len(f), -1)
        gram = f @ f.T
        grams.append(gram / np.linalg.norm(gram, axis=1, keepdims=True))
    return ((grams[0] - grams[1]) ** 2).mean(1)


@pytest.mark.parametrize("batch", [1, 2, 7])
def test_matches_the_definition(batch):
    x = distilling.features(batch, 3, 4, 2)
    y = distilling.features(batch, 9, seed=1)
    got = distilling.numpy(similarity_preserving(x, y))
    np.testing.assert_allclose(got, oracle(x, y), rtol=1e-4, atol=1e-7)


def test_golden(vectors):
    golden = vectors("kd_zoo")
    distilling.check_golden(
        lambda x: similarity_preserving(x, golden["hint_ft"]),
        golden["hint_fs"],
        golden["sp_loss"],
        golden["sp_g"],
    )


def test_a_teacher_turned_is_the_same_teacher():
    x = distilling.features(5, 6)
    turn, _ = np.linalg.qr(distilling.features(6, 6, seed=1))
    found = distilling.numpy(similarity_preserving(x, x @ turn))
    np.testing.assert_allclose(found, 0, atol=1e-6)


@pytest.mark.slow_on_jax
def test_stands():
    harness.check_loss(
        similarity_preserving,
        *(distilling.features(4, 3, 2, seed=i) for i in (0, 1)),
    )


@pytest.mark.slow_on_jax
def test_mask():
    distilling.check_mask(similarity_preserving)


@pytest.mark.parametrize("scale", [1e-15, 1e15])
def test_features_of_any_size(scale):
    x, y = distilling.features(5, 6), distilling.features(5, 4, seed=1)
    found = distilling.numpy(similarity_preserving(scale * x, y))
    np.testing.assert_allclose(found, oracle(x, y), rtol=1e-4)
