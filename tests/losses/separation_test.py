import numpy as np
import pytest
from keras import ops

from keras_av.losses import apply_mask, cosine_triplet, mask_loss, ratio_mask
from tests import harness
from tests.gradients import compiled, gradients

pytestmark = pytest.mark.backend


def numpy(x):
    return ops.convert_to_numpy(x)


def complex_of(x):
    return x[..., 0] + 1j * x[..., 1]


def parts_of(x):
    return np.stack([x.real, x.imag], axis=-1)


def cosine(x, y):
    return x @ y / (np.linalg.norm(x) * np.linalg.norm(y))


def triplet_oracle(anchor, positive, negative, margin):
    """The definition, one row at a time, in float64."""
    return np.array(
        [
            max(0.0, (1 - cosine(a, p)) - (1 - cosine(a, n)) + margin)
            for a, p, n in zip(anchor, positive, negative)
        ]
    )


def mask_oracle(mask, target, mixture):
    """The definition, one bin at a time, in float64."""
    losses = []
    for m, t, x in zip(mask, target, mixture):
        terms = [
            np.log(1 + np.hypot(*x[place])) * (m - t)[place] ** 2
            for place in np.ndindex(m.shape[:-1])
        ]
        losses.append(np.mean(terms))
    return np.array(losses)


@pytest.mark.parametrize("margin", [0.1, 0.5, 2.5])
@pytest.mark.parametrize("batch, dim", [(1, 2), (7, 3), (4, 128)])
def test_the_triplet_is_its_definition(batch, dim, margin):
    rng = np.random.default_rng(dim)
    arrays = rng.standard_normal((3, batch, dim)) * [[[0.1]], [[1.0]], [[9.0]]]
    found = compiled(cosine_triplet, "margin")(*arrays, margin=margin)
    expected = triplet_oracle(*arrays, margin)
    np.testing.assert_allclose(numpy(found), expected, rtol=1e-4, atol=1e-6)


def test_golden(vectors):
    golden = vectors("visualvoice_triplet")
    arrays = [golden[name] for name in ("anchor", "pos", "neg")]
    margin = float(golden["margin"])
    found = numpy(cosine_triplet(*arrays, margin)).mean()
    np.testing.assert_allclose(found, golden["triplet_cosine"], rtol=1e-6)
    by_anchor, _, _ = gradients(
        lambda *x: ops.mean(cosine_triplet(*x, margin)), *arrays
    )
    np.testing.assert_allclose(by_anchor, golden["g_cos"], atol=1e-6)


def test_triplets_of_known_angles():
    x, y = np.eye(2)[:, None]
    for a, p, n, expected in (
        (x, x, y, 0.0),
        (x, y, x, 1.5),
        (x, y, y, 0.5),
        (x, -x, x, 2.5),
        (3 * x, 2 * x, -y, 0.0),
    ):
        assert float(cosine_triplet(a, p, n)[0]) == pytest.approx(expected)


@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 4, 5), (2, 7, 1)])
def test_the_mask_loss_is_its_definition(shape):
    rng = np.random.default_rng(shape[0])
    arrays = rng.standard_normal((3, *shape, 2)) * 2.0
    arrays[2] *= 10 ** rng.uniform(-2, 1, (*shape, 1))
    found = compiled(mask_loss)(*arrays)
    expected = mask_oracle(*arrays)
    np.testing.assert_allclose(numpy(found), expected, rtol=1e-4)


def test_gradients_of_the_mask_loss_are_those_of_the_definition():
    rng = np.random.default_rng(1)
    arrays = rng.standard_normal((3, 2, 3, 4, 2))
    found = gradients(lambda *x: ops.mean(mask_loss(*x)), *arrays)
    step = 1e-5
    for number, gradient in enumerate(found):
        way = rng.standard_normal(gradient.shape)
        sides = []
        for sign in (1, -1):
            moved = list(arrays)
            moved[number] = moved[number] + sign * step * way
            sides.append(mask_oracle(*moved).mean())
        slope = (sides[0] - sides[1]) / (2 * step)
        assert (gradient * way).sum() == pytest.approx(slope, rel=1e-3)


@pytest.mark.parametrize("bound", [1.0, 5.0])
def test_the_ratio_mask_is_its_definition(bound):
    rng = np.random.default_rng(2)
    sound, mixture = rng.standard_normal((2, 3, 6, 9, 2))
    ratio = parts_of(complex_of(sound) / complex_of(mixture))
    assert np.abs(ratio).max() > 5
    found = numpy(compiled(ratio_mask, "bound")(sound, mixture, bound=bound))
    expected = np.clip(ratio, -bound, bound)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)


def test_the_true_mask_returns_the_sound():
    rng = np.random.default_rng(3)
    sound, other = rng.standard_normal((2, 4, 20, 33, 2))
    mixture = sound + other
    mask = ratio_mask(sound, mixture, 1e6)
    found = numpy(apply_mask(mask, mixture))
    np.testing.assert_allclose(found, sound, atol=1e-4)
    # Masks of all that is in a mixture add up to 1.
    both = numpy(mask + ratio_mask(other, mixture, 1e6))
    np.testing.assert_allclose(both[..., 0], 1.0, atol=0.02)
    np.testing.assert_allclose(both[..., 1], 0.0, atol=0.02)


def test_masks_beside_silence():
    rng = np.random.default_rng(4)
    sound = rng.standard_normal((2, 5, 7, 2)).astype("float32")
    alone = numpy(ratio_mask(sound, sound))
    np.testing.assert_allclose(alone[..., 0], 1.0, rtol=1e-6)
    np.testing.assert_allclose(alone[..., 1], 0.0, atol=1e-6)
    for silence in (ratio_mask(0 * sound, sound), ratio_mask(sound, 0 * sound)):
        # Of no mixture anything is clipped, not infinite.
        assert np.isfinite(numpy(silence)).all()
    assert not numpy(ratio_mask(0 * sound, sound)).any()
    assert not numpy(ratio_mask(0 * sound, 0 * sound)).any()


def test_a_mask_multiplies_complex_numbers():
    rng = np.random.default_rng(5)
    mask, mixture = rng.standard_normal((2, 3, 4, 5, 2))
    expected = parts_of(complex_of(mask) * complex_of(mixture))
    found = numpy(apply_mask(mask, mixture))
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.slow_on_jax
def test_stands():
    rng = np.random.default_rng(6)
    harness.check_loss(cosine_triplet, *rng.standard_normal((3, 5, 6)))
    harness.check_loss(mask_loss, *rng.standard_normal((3, 2, 3, 4, 2)))
