import dataclasses

import numpy as np
import pytest

from keras_av.data.generated.event import CLASSES, draw_event
from keras_av.data.generated.motion import move, pulse_rate, strike_period

TIMES = np.arange(3000) / 1000


def events(kind, count=6):
    return [draw_event(kind, "train", number, 0) for number in range(count)]


@pytest.mark.parametrize("kind", CLASSES)
def test_positions_are_shares(kind):
    for event in events(kind):
        motion = move(event, TIMES)
        assert motion.position.min() >= 0 and motion.position.max() <= 1
        assert np.ptp(motion.position) > 0.25
        assert len(motion.strikes) == len(motion.speeds)
        assert ((0 <= motion.speeds) & (motion.speeds <= 1)).all()


@pytest.mark.parametrize("kind", ["rubber_ball", "wooden_ball"])
def test_balls_obey_gravity(kind):
    """Bounces follow v' = e v and last 2 v' / g."""
    for event in events(kind):
        motion = move(event, TIMES)
        kept = (0.78 if kind == "rubber_ball" else 0.4) + 0.1 * event.bounce
        assert len(motion.strikes) >= 3
        heights = np.interp(motion.strikes, TIMES, motion.position)
        assert heights.max() < 0.02
        speeds = motion.speeds[:3] * np.sqrt(18)
        assert speeds[1] / speeds[0] == pytest.approx(kept, abs=0.02)
        gap = motion.strikes[1] - motion.strikes[0]
        assert gap == pytest.approx(2 * kept * speeds[0] / 9, abs=0.01)
        top = 0.5 + 0.5 * event.vigour
        assert speeds[0] ** 2 / 18 == pytest.approx(top, abs=0.02)


def test_rubber_bounces_for_longer():
    for rubber, wood in zip(events("rubber_ball"), events("wooden_ball")):
        wood = dataclasses.replace(rubber, kind="wooden_ball")
        first = move(rubber, TIMES).speeds[:4]
        second = move(wood, TIMES).speeds[:4]
        assert first[2] > 2 * second[2]


@pytest.mark.parametrize("kind", ["hammer_wood", "wall_ball"])
def test_strikes_come_at_an_even_rhythm(kind):
    for event in events(kind):
        motion = move(event, TIMES)
        gaps = np.diff(motion.strikes)
        np.testing.assert_allclose(gaps, strike_period(event))
        positions = np.interp(motion.strikes, TIMES, motion.position)
        if kind == "wall_ball":
            positions = np.minimum(positions, 1 - positions)
        assert positions.max() < 0.02


def test_a_ball_between_walls_goes_at_a_constant_speed():
    for event in events("wall_ball"):
        speed = np.abs(np.diff(move(event, TIMES).position)) * 1000
        assert np.median(speed) == pytest.approx(1 / strike_period(event))
        turning = np.abs(speed - np.median(speed)) > 1e-6
        assert turning.sum() <= len(move(event, TIMES).strikes) + 1


def test_pulses_peak_at_their_strikes():
    for event in events("pulse"):
        motion = move(event, TIMES)
        peaks = np.interp(motion.strikes, TIMES, motion.position)
        assert peaks.min() > 0.99
        np.testing.assert_allclose(
            np.diff(motion.strikes), 1 / pulse_rate(event)
        )


@pytest.mark.parametrize("kind", CLASSES)
def test_what_comes_later_changes_nothing(kind):
    """Nor does a coarse grid of times, to its end."""
    for event in events(kind):
        long = move(event, TIMES)
        short = move(event, TIMES[:2001:125])
        np.testing.assert_allclose(
            short.position, long.position[:2001:125], atol=1e-9
        )
