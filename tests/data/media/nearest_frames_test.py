import numpy as np
import pytest

from keras_av.data import MediaError
from keras_av.data.media.nearest_frames import NearestFrames, pick_frames


def pick(times, stream):
    picker = NearestFrames(np.array(times))
    chosen = []
    for number, time in enumerate(stream):
        chosen += picker.offer(time, number)
    return chosen + picker.finish(), picker


@pytest.mark.parametrize("rate, wanted", [(25, 12.5), (30, 12), (10, 24)])
def test_takes_the_nearest(rate, wanted):
    stream = np.arange(100) / rate
    times = 0.2 + np.arange(20) / wanted
    chosen, picker = pick(times, stream)
    distances = abs(stream[chosen] - times)
    best = abs(stream[:, None] - times).min(axis=0)
    np.testing.assert_allclose(distances, best)
    assert picker.largest_gap == pytest.approx(best.max())
    assert picker.done


def test_rounded_times_do_not_matter():
    stream = np.round(np.arange(60) / 29.97, 3)
    times = np.arange(0, 50, 7) / 29.97
    assert pick(times, stream)[0] == list(range(0, 50, 7))


def test_varying_rate():
    stream = [0.0, 0.1, 1.0, 1.1, 5.0]
    assert pick([0.04, 0.5, 0.56, 1.04, 4.0], stream)[0] == [0, 1, 2, 2, 4]


def test_the_last_frame_stands_for_what_comes_after():
    chosen, picker = pick([0.1, 0.5, 0.9], [0.0, 0.1])
    assert chosen == [1, 1, 1]
    assert picker.largest_gap == pytest.approx(0.8)


def test_an_empty_stream_gives_nothing():
    assert pick([0.0, 1.0], [])[0] == []


def test_of_two_as_near_the_earlier_one():
    stream = np.arange(50) / 25
    times = np.arange(18) / 10
    expected = [5 * n // 2 for n in range(18)]
    assert pick(times, stream)[0] == expected
    assert pick(times + 1e-9, stream)[0] == expected


@pytest.mark.parametrize("seed", range(5))
def test_a_whole_file_is_picked_from_alike(seed):
    generator = np.random.default_rng(seed)
    stream = np.cumsum(generator.choice([0.0, 0.03, 0.04, 0.2], 80))
    if seed > 2:
        # Times of a damaged file go back.
        stream[generator.permutation(80)[:9]] -= 0.3
    times = np.sort(generator.uniform(0, stream.max(), 30))
    expected, _ = pick(times, stream)
    assert pick_frames(stream, times, 25.0, 0).tolist() == expected


def test_a_gap_is_refused_where_nothing_explains_it():
    stream = np.array([0.0, 0.1, 0.2, 1.5])
    assert pick_frames(stream, np.array([0.8]), 10.0, 0).tolist() == [2]
    with pytest.raises(MediaError, match="corrupt: 0.60 s"):
        pick_frames(stream, np.array([0.8]), 10.0, 1)
    with pytest.raises(MediaError, match="truncated: 1.50 s"):
        pick_frames(stream, np.array([3.0]), 10.0, 0)


def test_of_two_as_near_a_whole_file_has_the_earlier_one_too():
    stream = np.arange(50) / 25
    times = np.arange(18) / 10
    expected = [5 * n // 2 for n in range(18)]
    for shift in (0.0, 1e-9):
        found = pick_frames(stream, times + shift, 25.0, 0)
        assert found.tolist() == expected
