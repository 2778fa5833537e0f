"""The sound of a hopping body."""

import numpy as np

from keras_av.data.generated.benchmark.body import BODY_SECONDS, Body
from keras_av.data.generated.sound import record, repeat, strike
from keras_av.ops.types import Array

_NUM_TONES = 5
_STRIKE_SECONDS = 1.0


def sound_body(body: Body, seconds: float, sampling_rate: int) -> Array:
    """The sound of a body, as a microphone in a room records it.

    Args:
        body: Body to render.
        seconds: Length.
        sampling_rate: Sampling rate in Hz.

    Returns:
        Samples in (-1, 1), float32.
    """
    # Not the generator of the picture: what is only heard is independent.
    generator = np.random.default_rng([*body.entropy, 3])
    wave = np.zeros(round(seconds * sampling_rate))
    first = round(body.start * sampling_rate)
    # It is heard as long as it is seen.
    heard = min(BODY_SECONDS, seconds - body.start)
    blows = body_wave(body, heard, sampling_rate, generator)
    wave[first : first + len(blows)] = blows[: len(wave) - first]
    return _far_away(wave, sampling_rate, generator)


def _far_away(
    wave: Array, sampling_rate: int, generator: np.random.Generator
) -> Array:
    """Add what else is heard in a place: noise, a hum, and distance."""
    level = 10 ** generator.uniform(-1.0, 0.0)
    noise = 10 ** generator.uniform(-3.0, -1.5)
    wave = wave + noise * generator.standard_normal(len(wave))
    frequency = 100 * 2 ** generator.uniform(0.0, 5.0)
    times = np.arange(len(wave)) / sampling_rate
    turns = frequency * times + generator.random()
    hum = 10 ** generator.uniform(-3.0, -1.3) * np.sin(2 * np.pi * turns)
    return level * record(wave + hum, sampling_rate, generator)


def body_wave(
    body: Body,
    seconds: float,
    sampling_rate: int,
    generator: np.random.Generator,
) -> Array:
    """The sound of a body itself, without room and microphone."""
    modes = [
        (body.frequency * (n + 1), body.brightness**n, body.decay)
        for n in range(_NUM_TONES)
    ]
    blow = strike(modes, _STRIKE_SECONDS, sampling_rate, generator)
    times, size = body.strikes(seconds), round(seconds * sampling_rate)
    return 0.4 * repeat(blow, times, np.ones(len(times)), size, sampling_rate)
