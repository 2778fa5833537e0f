import numpy as np
import pytest

from keras_av.metrics import attention_peaks, sounding_objects
from keras_av.metrics.sounding_objects import over_time


def spots(frames, size, *ways):
    """Maps with a spot of each height on a way of (row, column)."""
    maps = np.zeros((frames, size, size))
    for height, way in ways:
        for number in range(frames):
            row, column = way(number)
            maps[number, row, column] = height
    return maps


def test_peaks_are_the_highest_that_are_apart():
    rng = np.random.default_rng(0)
    attention = rng.standard_normal((12, 9))
    found = attention_peaks(attention, 5, 0.3)
    cells = (found * attention.shape).astype(int)
    values = attention[cells[:, 0], cells[:, 1]]
    assert values[0] == attention.max()
    assert (np.diff(values) < 0).all()
    gaps = np.linalg.norm(found[:, None] - found, axis=-1)
    assert gaps[np.triu_indices(5, 1)].min() >= 0.3
    # What is higher than the last one is near to one of those before.
    places = (np.argwhere(attention > values[-1]) + 0.5) / attention.shape
    nearest = np.linalg.norm(places[:, None] - found[:-1], axis=-1)
    assert (nearest.min(axis=1) < 0.3).all()


def test_there_are_no_more_peaks_than_have_room():
    assert len(attention_peaks(np.zeros((4, 4)), 9, 2.0)) == 1
    assert len(attention_peaks(np.zeros((2, 2)), 9, 0.1)) == 4


def test_objects_are_followed():
    still = (2.0, lambda n: (8, 8))
    moving = (3.0, lambda n: (1, 1 + n))
    first, second = sounding_objects(
        spots(8, 10, still, moving), num_objects=2, window=1
    )
    np.testing.assert_allclose(first.places[:, 0], 0.15)
    np.testing.assert_allclose(first.places[:, 1], 0.15 + 0.1 * np.arange(8))
    np.testing.assert_allclose(second.places, 0.85)
    assert (first.attention, second.attention) == (3.0, 2.0)


def test_what_is_attended_for_longer_comes_first():
    short = spots(9, 10, (5.0, lambda n: (8, 8)))
    short[2:] = 0
    long = spots(9, 10, (2.0, lambda n: (1, 1)))
    found = sounding_objects(short + long, num_objects=2, window=1)
    np.testing.assert_allclose(found[0].places, 0.15)
    assert found[0].attention == 2.0
    assert found[1].attention == pytest.approx(10 / 9)


@pytest.mark.parametrize("heights", [(4.0, 6.0), (6.0, 4.0)])
def test_a_late_object_was_there_and_an_early_one_stays(heights):
    maps = spots(6, 10, (1.0, lambda n: (1, 1) if n < 3 else (8, 8)))
    maps[:3] *= heights[0]
    maps[3:] *= heights[1]
    (found,) = sounding_objects(maps, num_objects=1, window=1)
    place = 0.15 if heights[0] > heights[1] else 0.85
    np.testing.assert_allclose(found.places, place)
    assert found.attention == 3.0


def test_averages_over_time():
    maps = np.arange(6.0)[:, None, None] * np.ones((6, 1, 1))
    found = over_time(maps, 5)[:, 0, 0]
    assert found.tolist() == [1.0, 1.5, 2.0, 3.0, 3.5, 4.0]
    assert over_time(maps, 1)[:, 0, 0].tolist() == [0, 1, 2, 3, 4, 5]
    # A flicker in one frame of five loses against what lasts.
    maps = spots(5, 10, (2.0, lambda n: (1, 1)))
    maps[2, 8, 8] = 5.0
    (found,) = sounding_objects(maps, num_objects=1, window=5)
    np.testing.assert_allclose(found.places, 0.15)


@pytest.mark.parametrize(
    "attention, options, message",
    [
        (np.zeros((4, 4)), {}, r"Received: shape=\(4, 4\)"),
        (np.zeros((0, 4, 4)), {}, r"Received: shape=\(0, 4, 4\)"),
        (np.zeros((2, 4, 4)), {"window": 0}, "window=0"),
        (np.zeros((2, 4, 4)), {"distance": 0.0}, "distance=0.0"),
        (np.zeros((2, 4, 4)), {"num_objects": 0}, "num_objects=0"),
    ],
)
def test_wrong_arguments(attention, options, message):
    with pytest.raises(ValueError, match=message):
        sounding_objects(attention, **options)
