import numpy as np
import pytest

from keras_av import losses
from tests import harness
from tests.gradients import compiled
from tests.losses import distilling

pytestmark = pytest.mark.backend
probabilistic_transfer = compiled(losses.probabilistic_transfer)


def oracle(x, y):
    neighbours = []
    for f in (x, y):
        f = f.reshape(len(f), -1)
        f = f / np.linalg.norm(f, axis=1, keepdims=True)
        likeness = (1 + f @ f.T) / 2
        neighbours.append(likeness / likeness.sum(1, keepdims=True))
    q, p = neighbours
    return (p * np.log((p + 1e-7) / (q + 1e-7))).mean(1)


@pytest.mark.parametrize("batch", [1, 2, 7])
def test_matches_the_definition(batch):
    x = distilling.features(batch, 3, 4, 2)
    y = distilling.features(batch, 9, seed=1)
    got = distilling.numpy(probabilistic_transfer(x, y))
    np.testing.assert_allclose(got, oracle(x, y), rtol=1e-3, atol=1e-6)


def test_golden(vectors):
    golden = vectors("kd_zoo")
    distilling.check_golden(
        lambda x: probabilistic_transfer(x, golden["vec_t"]),
        golden["vec_s"],
        golden["pkt_loss"],
        golden["pkt_g"],
    )


def test_scale_changes_nothing():
    x, y = distilling.features(5, 6), distilling.features(5, 3, seed=1)
    plain = distilling.numpy(probabilistic_transfer(x, y))
    scaled = distilling.numpy(probabilistic_transfer(7 * x, y / 9))
    np.testing.assert_allclose(scaled, plain, rtol=1e-3, atol=1e-6)


@pytest.mark.slow_on_jax
def test_stands():
    harness.check_loss(
        probabilistic_transfer,
        *(distilling.features(4, 3, 2, seed=i) for i in (0, 1)),
    )


def test_mask():
    distilling.check_mask(probabilistic_transfer)
