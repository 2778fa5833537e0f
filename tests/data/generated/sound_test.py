import dataclasses

import numpy as np
import pytest

from keras_av.data.generated.event import CLASSES, draw_event
from keras_av.data.generated.motion import move
from keras_av.data.generated.sound import glide_frequency, render_sound

RATE = 16000


@pytest.mark.parametrize("kind", CLASSES)
def test_can_be_heard_and_is_not_cut(kind):
    for number in range(4):
        wave = render_sound(draw_event(kind, "test", number, 0), 3.0, RATE)
        assert wave.shape == (48000,) and wave.dtype == np.float32
        assert 0.1 < abs(wave).max() < 1.0


@pytest.mark.parametrize("kind", ["hammer_wood", "wall_ball", "wooden_ball"])
def test_onsets_are_at_the_strikes(kind):
    for number in range(4):
        event = draw_event(kind, "train", number, 0)
        wave = render_sound(event, 3.0, RATE).astype(float)
        motion = move(event, np.arange(48000) / RATE)
        last = -1.0
        for time, speed in zip(motion.strikes, motion.speeds):
            first = round(time * RATE)
            if speed > 0.3 and time > last + 0.15 and 400 < first < 47000:
                before = np.mean(wave[first - 320 : first - 80] ** 2)
                after = np.mean(wave[first : first + 240] ** 2)
                assert after > 10 * before
            last = time


def test_faster_strikes_are_louder():
    event = draw_event("hammer_wood", "train", 0, 0)
    powers = []
    for vigour in (0.0, 0.5, 1.0):
        wave = render_sound(
            dataclasses.replace(event, vigour=vigour), 3.0, RATE
        )
        powers.append(np.mean(wave.astype(float) ** 2))
    assert powers[0] < powers[1] < powers[2]


def test_larger_bodies_sound_lower():
    event = draw_event("hammer_metal", "train", 0, 0)
    pitches = []
    for radius in (0.06, 0.1, 0.14):
        wave = render_sound(
            dataclasses.replace(event, radius=radius), 3.0, RATE
        )
        spectrum = abs(np.fft.rfft(wave))
        pitches.append(np.fft.rfftfreq(48000, 1 / RATE)[spectrum.argmax()])
    np.testing.assert_allclose(pitches, [1250, 750, 750 / 1.4], rtol=0.02)


def test_pitch_follows_height():
    event = draw_event("glide", "train", 0, 0)
    wave = render_sound(event, 3.0, RATE)
    for first in range(4000, 44000, 4000):
        piece = wave[first : first + 1024] * np.hanning(1024)
        spectrum = abs(np.fft.rfft(piece, 16384))
        heard = spectrum.argmax() * RATE / 16384
        times = np.arange(48000) / RATE
        height = move(event, times).position[first + 512]
        assert heard == pytest.approx(glide_frequency(event, height), rel=0.05)


def test_sound_alone_confuses():
    event = draw_event("hammer_wood", "train", 0, 0)
    twin = dataclasses.replace(event, kind="wall_ball")
    np.testing.assert_array_equal(
        render_sound(event, 3.0, RATE), render_sound(twin, 3.0, RATE)
    )


def test_recordings_differ_in_what_is_heard_only():
    event = draw_event("pulse", "train", 0, 0)
    other = dataclasses.replace(event, seed=event.seed + 1)
    first, second = (render_sound(e, 1.0, RATE) for e in (event, other))
    assert 0.8 < np.corrcoef(first, second)[0, 1] < 0.9999
