import numpy as np
import pytest

from keras_av.data.nearest_frames import NearestFrames


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
