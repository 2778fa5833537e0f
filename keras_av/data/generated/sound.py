"""The sound of a generated clip."""

from collections.abc import Sequence

import numpy as np

from keras_av.data.generated.event import Event
from keras_av.data.generated.motion import Motion, move
from keras_av.ops.types import Array

# Frequencies relative to the lowest, strengths, and seconds until a mode has
# faded to 1/e: a free bar of metal, one of wood, and a soft ball.
_METAL = ((1.0, 2.76, 5.40, 8.93), (1.0, 0.7, 0.5, 0.25), (0.6, 0.4, 0.2, 0.1))
_WOOD = ((1.0, 2.57, 4.78), (1.0, 0.5, 0.25), (0.04, 0.02, 0.012))
_RUBBER = ((1.0, 1.58, 2.24), (1.0, 0.4, 0.2), (0.09, 0.05, 0.03))
_MATERIALS = {
    "hammer_metal": (_METAL, 750.0),
    "hammer_wood": (_WOOD, 420.0),
    "metal_ball": (_METAL, 750.0),
    "rubber_ball": (_RUBBER, 95.0),
    "wall_ball": (_WOOD, 420.0),
    "wooden_ball": (_WOOD, 420.0),
}
_MEAN_RADIUS = 0.1
_STRIKE_SECONDS = 1.5
_CLICK_SECONDS = 0.004


def render_sound(event: Event, seconds: float, sampling_rate: int) -> Array:
    """The sound of an event, as a microphone in a room records it.

    Args:
        event: Event to render.
        seconds: Length.
        sampling_rate: Sampling rate in Hz.

    Returns:
        Samples in (-1, 1), float32.
    """
    # Not the generator of the picture: what is only heard is independent.
    generator = np.random.default_rng([event.seed, 1])
    wave = event_wave(event, seconds, sampling_rate, generator)
    return record(wave, sampling_rate, generator)


def event_wave(
    event: Event,
    seconds: float,
    sampling_rate: int,
    generator: np.random.Generator,
) -> Array:
    """The sound of an event itself, without room and microphone."""
    times = np.arange(round(seconds * sampling_rate)) / sampling_rate
    motion = move(event, times)
    if event.kind == "glide":
        return _glide(event, motion, sampling_rate)
    if event.kind == "pulse":
        return _hum(event, times) * motion.position
    return _strikes(event, motion, times, sampling_rate, generator)


def glide_frequency(event: Event, height: Array) -> Array:
    """Pitch in Hz at a height: two octaves from bottom to top."""
    return 260.0 * _pitch(event) * 2.0 ** (2.0 * height)


def _pitch(event: Event) -> float:
    """Larger bodies sound lower: in proportion, as bodies alike do."""
    return _MEAN_RADIUS / event.radius


def _glide(event: Event, motion: Motion, sampling_rate: int) -> Array:
    frequency = glide_frequency(event, motion.position)
    phase = 2 * np.pi * np.cumsum(frequency) / sampling_rate
    return 0.4 * _harmonics(phase, 3, 1.5)


def _hum(event: Event, times: Array) -> Array:
    phase = 2 * np.pi * 140.0 * _pitch(event) * times
    return 0.4 * _harmonics(phase, 6, 1.0)


def _harmonics(phase: Array, count: int, slope: float) -> Array:
    numbers = np.arange(1, count + 1)[:, None]
    return np.sum(np.sin(numbers * phase) / numbers**slope, axis=0)


def _strikes(
    event: Event,
    motion: Motion,
    times: Array,
    sampling_rate: int,
    generator: np.random.Generator,
) -> Array:
    """One damped sound for each strike, as loud as the strike is fast."""
    (ratios, strengths, decays), lowest = _MATERIALS[event.kind]
    frequencies = [lowest * _pitch(event) * ratio for ratio in ratios]
    modes = list(zip(frequencies, strengths, decays))
    blow = strike(modes, _STRIKE_SECONDS, sampling_rate, generator)
    wave = repeat(
        blow, motion.strikes, motion.speeds, len(times), sampling_rate
    )
    return 0.6 * wave


def strike(
    modes: Sequence[tuple[float, float, float]],
    seconds: float,
    sampling_rate: int,
    generator: np.random.Generator,
) -> Array:
    """The sound of one strike: damped tones after a click.

    Args:
        modes: Frequency in Hz, strength, and seconds until it has faded to
            1/e, of each tone.
        seconds: Length.
        sampling_rate: Sampling rate in Hz.
        generator: Generator of the click.
    """
    after = np.arange(round(seconds * sampling_rate)) / sampling_rate
    blow = np.zeros(len(after))
    for frequency, strength, decay in modes:
        if frequency < 0.45 * sampling_rate:
            tone = np.sin(2 * np.pi * frequency * after)
            blow += strength * tone * np.exp(-after / decay)
    click = generator.standard_normal(len(after))
    return blow + 0.3 * click * np.exp(-after / _CLICK_SECONDS)


def repeat(
    blow: Array, times: Array, speeds: Array, size: int, sampling_rate: int
) -> Array:
    """One sound at several times in seconds, by its speeds as loud."""
    wave = np.zeros(size + len(blow))
    for time, speed in zip(times, speeds):
        first = round(time * sampling_rate)
        wave[first : first + len(blow)] += speed * blow
    return wave[:size]


def record(
    wave: Array, sampling_rate: int, generator: np.random.Generator
) -> Array:
    """Add what is of the room and the microphone: echo, noise, gain."""
    length = round(0.25 * sampling_rate)
    fading = np.exp(-np.arange(length) / (0.05 * sampling_rate))
    room = generator.standard_normal(length) * fading
    room *= generator.uniform(0.0, 0.15) / np.sqrt(np.sum(room**2))
    room[0] = 1.0
    size = len(wave) + length
    echo = np.fft.irfft(np.fft.rfft(wave, size) * np.fft.rfft(room, size), size)
    noise = generator.standard_normal(len(wave))
    # A moving average: noise of rooms is stronger at low frequencies.
    noise = noise + np.convolve(noise, np.full(8, 0.5), "same")
    noise *= 10 ** generator.uniform(-3.0, -2.2)
    gain = generator.uniform(0.5, 1.0)
    # Loud strikes upon one another saturate softly instead of being cut.
    return np.tanh(gain * (echo[: len(wave)] + noise)).astype(np.float32)
