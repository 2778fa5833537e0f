import functools

import numpy as np
import pytest

from keras_av import losses
from tests import harness
from tests.gradients import compiled
from tests.losses import distilling

pytestmark = pytest.mark.backend
relational = compiled(losses.relational, "distance_weight", "angle_weight")


def smooth(x):
    return np.where(abs(x) < 1, 0.5 * x**2, abs(x) - 0.5)


def relations(f):
    f = f.reshape(len(f), -1)
    away = f[None] - f[:, None]
    far = np.linalg.norm(away, axis=2)
    mean = far[far > 0].mean() if (far > 0).any() else 1.0
    unit = away / np.where(far > 0, far, 1.0)[..., None]
    return far / mean, np.einsum("ijd,ikd->ijk", unit, unit)


def oracle(x, y, distance_weight=25.0, angle_weight=50.0):
    (a, b), (c, d) = relations(x), relations(y)
    distance, angle = smooth(a - c).mean(1), smooth(b - d).mean((1, 2))
    return distance_weight * distance + angle_weight * angle


@pytest.mark.parametrize("weights", [(25.0, 50.0), (1.0, 0.0), (0.0, 1.0)])
@pytest.mark.parametrize("batch", [1, 2, 7])
def test_matches_the_definition(batch, weights):
    x = distilling.features(batch, 3, 4, 2)
    y = distilling.features(batch, 9, seed=1)
    got = distilling.numpy(relational(x, y, None, *weights))
    np.testing.assert_allclose(got, oracle(x, y, *weights), 1e-4, atol=1e-6)


def test_golden(vectors):
    golden = vectors("kd_zoo")
    student, teacher = golden["vec_s"], golden["vec_t"]
    distilling.check_golden(
        lambda x: relational(x, teacher),
        student,
        golden["rkd_loss"],
        golden["rkd_g"],
    )
    for weights, name in (((1, 0), "dist"), ((0, 1), "angle")):
        found = distilling.numpy(relational(student, teacher, None, *weights))
        expected = golden[f"rkd_{name}_loss"]
        np.testing.assert_allclose(found.mean(), expected, rtol=1e-5)


def test_moved_turned_and_scaled_samples_keep_their_relations():
    x = distilling.features(5, 6)
    turn, _ = np.linalg.qr(distilling.features(6, 6, seed=1))
    found = distilling.numpy(relational(x, 3 * x @ turn + 1))
    np.testing.assert_allclose(found, 0, atol=1e-6)


@pytest.mark.parametrize("weights", [(1.0, 0.0), (0.0, 1.0)])
@pytest.mark.slow_on_jax
def test_stands(weights):
    loss = functools.partial(
        relational, distance_weight=weights[0], angle_weight=weights[1]
    )
    harness.check_loss(
        loss, *(distilling.features(4, 3, 2, seed=i) for i in (0, 1))
    )


def test_mask():
    distilling.check_mask(relational)
