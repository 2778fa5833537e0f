"""How a body moves, and when it strikes something."""

import dataclasses
from collections.abc import Callable

import numpy as np

from keras_av.data.generated.event import Event
from keras_av.ops.types import Array

# Heights are shares of the way from the floor to the top of the frame.
_GRAVITY = 9.0
_STEP = 1e-3
_REST_SPEED = 0.35
# Seconds on the floor, on the way up, at the top, and there at the start.
_REST, _LIFT, _HOLD, _LONGEST_HOLD = 0.15, 0.3, 0.1, 0.4


@dataclasses.dataclass(frozen=True)
class Motion:
    """A movement over time.

    Args:
        position: Position at each time asked for, 0 to 1: height above the
            floor, way between the walls, height of the hammer, or brightness.
        strikes: Times at which something is struck, in seconds.
        speeds: Speeds of the strikes, 0 to 1: their loudness.
    """

    position: Array
    strikes: Array
    speeds: Array


def move(event: Event, times: Array) -> Motion:
    """Follow an event through time.

    Args:
        event: Event to render.
        times: Times in seconds, ascending from 0.
    """
    movements: dict[str, Callable[[Event, Array], Motion]] = {
        "glide": _glide,
        "hammer_metal": _hammer,
        "hammer_wood": _hammer,
        "pulse": _pulse,
        "wall_ball": _between_walls,
    }
    return movements.get(event.kind, _fall)(event, times)


def strike_period(event: Event) -> float:
    """Seconds between two strikes of what repeats."""
    return 0.75 - 0.4 * event.tempo


def pulse_rate(event: Event) -> float:
    """Pulses a second."""
    return 1.2 + 2.0 * event.tempo


def _fall(event: Event, times: Array) -> Motion:
    """Fall, bounce until it rests, be lifted, and fall again."""
    kept = (0.78 if event.kind == "rubber_ball" else 0.4) + 0.1 * event.bounce
    top = 0.5 + 0.5 * event.vigour
    fastest = np.sqrt(2 * _GRAVITY)
    steps = np.arange(0.0, times[-1] + _STEP, _STEP)
    heights = np.empty(len(steps))
    strikes, speeds = [], []
    height, speed = top, 0.0
    # Until then it is held; the lift before that ends at the top.
    released = _LONGEST_HOLD * event.phase
    for number, time in enumerate(steps):
        if time < released:
            lift = 1 - np.clip((released - _HOLD - time) / _LIFT, 0, 1)
            height = top * (0.5 - 0.5 * np.cos(np.pi * lift))
        else:
            speed += _GRAVITY * _STEP
            height -= speed * _STEP
            if height <= 0:
                strikes.append(time)
                speeds.append(speed / fastest)
                height, speed = 0.0, -kept * speed
                if -speed < _REST_SPEED:
                    released = time + _REST + _LIFT + _HOLD
                    speed = 0.0
        heights[number] = height
    return Motion(
        np.interp(times, steps, heights), np.array(strikes), np.array(speeds)
    )


def _hammer(event: Event, times: Array) -> Motion:
    """Rise slowly, strike fast."""
    strikes, speeds, phase = _periodic(event, times)
    rise = 0.5 - 0.5 * np.cos(np.pi * phase / 0.65)
    blow = 1 - ((phase - 0.65) / 0.35) ** 2
    return Motion(np.where(phase < 0.65, rise, blow), strikes, speeds)


def _between_walls(event: Event, times: Array) -> Motion:
    """Go from wall to wall at a constant speed."""
    strikes, speeds, phase = _periodic(event, times)
    passed = np.searchsorted(strikes, times, side="right")
    return Motion(np.where(passed % 2 == 0, phase, 1 - phase), strikes, speeds)


def _periodic(event: Event, times: Array) -> tuple[Array, Array, Array]:
    """Times and speeds of the strikes, and the share of the period gone."""
    period = strike_period(event)
    first = period * event.phase
    strikes = np.arange(first, times[-1], period)
    speeds = np.full(len(strikes), 0.4 + 0.5 * event.vigour)
    return strikes, speeds, np.mod((times - first) / period, 1.0)


def _glide(event: Event, times: Array) -> Motion:
    """Rise and sink smoothly, never quite the same way twice."""
    turns = (0.3 + 0.5 * event.vigour) * times + event.phase
    slow = np.sin(2 * np.pi * turns)
    fast = np.sin(2 * np.pi * (2.3 * turns + event.bounce))
    none = np.zeros(0)
    return Motion(0.5 + 0.36 * slow + 0.14 * fast, none, none)


def _pulse(event: Event, times: Array) -> Motion:
    """Swell and fade at an even rate."""
    turns = pulse_rate(event) * times - event.phase
    strikes = np.arange(event.phase, pulse_rate(event) * times[-1])
    return Motion(
        (0.5 + 0.5 * np.cos(2 * np.pi * turns)) ** 2,
        strikes / pulse_rate(event),
        np.ones(len(strikes)),
    )
