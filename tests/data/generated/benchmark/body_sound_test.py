import dataclasses

import numpy as np
import pytest

from keras_av.data import GeneratedTask
from keras_av.data.generated.benchmark.body import draw_body
from keras_av.data.generated.benchmark.body_sound import body_wave, sound_body
from keras_av.data.generated.benchmark.task import ClipId

RATE = 16000
BODY = dataclasses.replace(
    draw_body(GeneratedTask(), ClipId(0, "train", 0)),
    period=0.9,
    swing=0.6,
    phase=0.1,
)


def wave(**changes):
    body = dataclasses.replace(BODY, **changes)
    return body_wave(body, 2.0, RATE, np.random.default_rng(0))


def test_sounds_begin_at_the_strikes():
    found = wave(decay=0.02)
    assert len(found) == 2 * RATE
    loud = np.abs(found).reshape(-1, 160).max(axis=1)
    rises = np.flatnonzero((loud[1:] > 0.2) & (loud[:-1] < 0.05)) + 1
    expected = BODY.strikes(2.0)
    np.testing.assert_allclose(rises / 100, expected, atol=0.011)


@pytest.mark.parametrize("frequency", [250.0, 700.0, 1200.0])
def test_the_lowest_tone(frequency):
    # The click is in all frequencies, the tone in one.
    spectrum = np.abs(np.fft.rfft(wave(frequency=frequency, brightness=0.1)))
    assert spectrum.argmax() / 2.0 == pytest.approx(frequency, rel=0.03)


def test_brighter_and_longer():
    def high_share(found):
        power = np.abs(np.fft.rfft(found)) ** 2
        return power[3000:].sum() / power.sum()

    shares = [high_share(wave(brightness=b)) for b in (0.2, 0.5, 0.9)]
    assert shares == sorted(shares) and shares[2] > 2 * shares[0]
    energies = [np.square(wave(decay=d)).sum() for d in (0.02, 0.05, 0.15)]
    assert energies == sorted(energies)


def test_the_sound_follows_from_the_body_alone():
    found = sound_body(BODY, 1.0, RATE)
    assert found.shape == (RATE,) and found.dtype == np.float32
    assert abs(found).max() < 1 and np.isfinite(found).all()
    assert (sound_body(BODY, 1.0, RATE) == found).all()
    # What is only seen is not heard.
    other = dataclasses.replace(BODY, length=0.5, tilt=0.0, radius=0.2)
    assert (sound_body(other, 1.0, RATE) == found).all()


@pytest.mark.parametrize("start", [0.0, 1.25, 3.0])
def test_it_is_heard_as_long_as_it_is_seen(start):
    body = dataclasses.replace(BODY, start=start)
    short = np.abs(sound_body(dataclasses.replace(BODY), 2.0, RATE))
    found = np.abs(sound_body(body, 5.0, RATE))
    assert found.shape == (5 * RATE,)
    loud = np.flatnonzero(found > 0.5 * found.max())
    first = np.flatnonzero(short > 0.5 * short.max())[0]
    assert loud[0] / RATE == pytest.approx(start + first / RATE, abs=0.03)
    assert loud[-1] / RATE < start + 2.2
