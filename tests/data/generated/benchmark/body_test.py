import dataclasses

import numpy as np
import pytest

from keras_av.data import GeneratedTask
from keras_av.data.generated.benchmark.body import draw_body
from keras_av.data.generated.benchmark.task import ClipId

TASK = GeneratedTask()
BODY = draw_body(TASK, ClipId(0, "train", 0))


def many(count=200):
    return [draw_body(TASK, ClipId(n % 32, "train", n)) for n in range(count)]


def test_numbers_keep_their_ranges():
    bodies = many()
    for name, least, most in [
        ("length", 0.13, 0.6),
        ("period", 0.35, 1.2),
        ("swing", 0.5, 0.85),
        ("frequency", 150, 1600),
        ("decay", 0.01, 0.3),
        ("brightness", 0.05, 1.0),
    ]:
        values = [getattr(body, name) for body in bodies]
        assert least < min(values) and max(values) <= most
    tilts = np.degrees([body.tilt for body in bodies])
    assert abs(tilts).max() < 90 and (tilts > 0).mean() == pytest.approx(
        0.5, abs=0.15
    )


def test_strikes_are_a_long_and_a_short_hop_apart():
    for body in many(20):
        gaps = np.diff(body.strikes(10.0))
        hops = [body.swing, 1 - body.swing]
        expected = np.array(hops) * body.period
        assert (
            min(
                abs(gaps[0::2] - first).max() + abs(gaps[1::2] - second).max()
                for first, second in (expected, expected[::-1])
            )
            < 1e-9
        )
        assert body.strikes(10.0)[0] < body.period


def test_the_body_is_on_the_floor_when_it_strikes():
    for body in many(20):
        assert abs(body.heights(body.strikes(3.0))).max() < 1e-9
        heights = body.heights(np.linspace(0, 3, 10_000))
        assert heights.min() >= 0
        assert heights.max() == pytest.approx(body.height, rel=1e-3)


@pytest.mark.parametrize("changes", [{"period": 0.3}, {"swing": 0.9}])
def test_one_moment_says_nothing_about_the_rhythm(changes):
    """Heights are distributed alike, whatever the rhythm."""
    other = dataclasses.replace(BODY, **changes)
    times = np.random.default_rng(0).uniform(0, 1000, 20_000)
    shares = np.linspace(0.1, 0.9, 9)
    np.testing.assert_allclose(
        np.quantile(BODY.heights(times), shares),
        np.quantile(other.heights(times), shares),
        atol=0.01,
    )


def test_a_body_appears_anywhere_in_a_longer_video():
    clips = [ClipId(n % 32, "train", n) for n in range(200)]
    starts = [draw_body(TASK, clip, 12.0).start for clip in clips]
    assert 0 <= min(starts) < 0.5 and 9.5 < max(starts) <= 10
    assert np.mean(starts) == pytest.approx(5, abs=0.7)
    # Nothing else differs.
    late = draw_body(TASK, clips[3], 12.0)
    assert dataclasses.replace(late, start=0.0) == draw_body(TASK, clips[3])
