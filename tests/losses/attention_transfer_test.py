import numpy as np
import pytest

from keras_av import losses
from tests import harness
from tests.gradients import compiled
from tests.losses import distilling

pytestmark = pytest.mark.backend
attention_transfer = compiled(losses.attention_transfer, "power")


def oracle(x, y, power):
    maps = []
    for f in (x, y):
        a = (abs(f) ** power).mean(-1).reshape(len(f), -1)
        maps.append(a / np.linalg.norm(a, axis=1, keepdims=True))
    return ((maps[0] - maps[1]) ** 2).mean(1)


@pytest.mark.parametrize("power", [1.0, 2.0, 4.0])
@pytest.mark.parametrize("positions", [(6,), (4, 3), (2, 4, 4)])
def test_matches_the_definition(positions, power):
    x = distilling.features(3, *positions, 5)
    y = distilling.features(3, *positions, 2, seed=1)
    got = distilling.numpy(attention_transfer(x, y, power))
    np.testing.assert_allclose(got, oracle(x, y, power), rtol=1e-4)


@pytest.mark.parametrize("case", ["same", "pool"])
def test_golden(vectors, case):
    golden = vectors("kd_zoo")
    names = {
        "same": ("hint_fs", "att_loss_same", "att_g_same"),
        "pool": ("att_fs_big", "att_loss_pool", "att_g_pool"),
    }
    student, value, gradient = (golden[name] for name in names[case])
    teacher = distilling.channels_last(golden["hint_ft"])
    distilling.check_golden(
        lambda x: attention_transfer(x, teacher),
        distilling.channels_last(student),
        value,
        distilling.channels_last(gradient),
    )


def test_the_larger_of_two_maps_is_averaged():
    small = distilling.features(2, 2, 3, 3, 4)
    large = small.repeat(2, axis=1).repeat(3, axis=2)
    both = attention_transfer(large, small), attention_transfer(small, large)
    for found in both:
        np.testing.assert_allclose(distilling.numpy(found), 0, atol=1e-7)


@pytest.mark.parametrize(
    "sizes, others",
    [
        ((7,), (3,)),
        # Windows of 2, 3 and 2 positions.
        ((5,), (3,)),
        ((6, 4), (4, 5)),
        ((4, 7, 5), (3, 7, 2)),
    ],
)
def test_sizes_need_not_divide_each_other(sizes, others):
    x = distilling.features(2, *sizes, 3)
    y = distilling.features(2, *others, 4, seed=1)
    common = tuple(map(min, sizes, others))
    expected = oracle(averaged(x, common), averaged(y, common), 2.0)
    got = distilling.numpy(attention_transfer(x, y))
    np.testing.assert_allclose(got, expected, rtol=1e-4)


def averaged(x, sizes):
    """Each position the mean of those that it overlaps."""
    for axis, size in enumerate(sizes, start=1):
        count = x.shape[axis]
        parts = [
            x.take(
                range(n * count // size, -(-(n + 1) * count // size)), axis
            ).mean(axis, keepdims=True)
            for n in range(size)
        ]
        x = np.concatenate(parts, axis)
    return x


def test_scale_changes_nothing():
    x, y = distilling.features(2, 5, 3), distilling.features(2, 5, 3, seed=1)
    plain = distilling.numpy(attention_transfer(x, y))
    scaled = distilling.numpy(attention_transfer(1e6 * x, 1e-6 * y))
    np.testing.assert_allclose(scaled, plain, rtol=1e-4)


def test_stands():
    harness.check_loss(
        attention_transfer,
        *(distilling.features(3, 4, 4, 2, seed=i) for i in (0, 1)),
    )


@pytest.mark.parametrize(
    "shapes, message",
    [
        (((2, 6, 3), (2, 6, 6, 3)), "same number of position axes"),
        (((2, 6), (2, 6)), "at least one"),
    ],
)
def test_positions_must_fit(shapes, message):
    with pytest.raises(ValueError, match=message):
        attention_transfer(*map(np.ones, shapes))
