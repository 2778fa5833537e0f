import dataclasses

import numpy as np
import pytest

from keras_av.data.generated.event import CLASSES, draw_event
from keras_av.data.generated.motion import move
from keras_av.data.generated.sound import (
    event_wave,
    glide_frequency,
    record,
    render_sound,
)

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


def one_strike(kind, noise=0):
    """The sound of a single strike, and its speed."""
    event = dataclasses.replace(
        draw_event(kind, "train", 0, 0), radius=0.1, phase=0.0, tempo=0.0
    )
    wave = event_wave(event, 0.7, RATE, np.random.default_rng(noise))
    (speed,) = move(event, np.arange(11200) / RATE).speeds
    return wave, speed


@pytest.mark.parametrize(
    "kind, frequency, decay, first, last",
    [
        ("hammer_metal", 750.0, 0.6, 0.2, 0.5),
        ("hammer_wood", 420.0, 0.04, 0.03, 0.07),
    ],
)
def test_a_body_rings_as_long_and_as_loud_as_its_material(
    kind, frequency, decay, first, last
):
    wave, speed = one_strike(kind)
    times = np.arange(len(wave)) / RATE

    def level(second, length=480):
        """Amplitude of the lowest mode around a time."""
        piece = slice(round(second * RATE), round(second * RATE) + length)
        turned = wave * np.exp(-2j * np.pi * frequency * times)
        return 2 * abs(np.average(turned[piece], weights=np.hanning(length)))

    # Strength falls within the window, too: by alike shares.
    ratio = level(last) / level(first)
    assert ratio == pytest.approx(np.exp((first - last) / decay), rel=0.1)
    middle = first + 240 / RATE
    assert level(first) == pytest.approx(
        0.6 * speed * np.exp(-middle / decay), rel=0.1
    )


def test_a_strike_clicks_for_milliseconds():
    (one, speed), (other, _) = (
        one_strike("hammer_wood", 0),
        one_strike("hammer_wood", 1),
    )
    click = (one - other) / (0.6 * speed * 0.3 * np.sqrt(2))
    assert np.std(click[:16]) == pytest.approx(np.exp(-0.125), rel=0.5)
    assert np.std(click[16:64]) < np.std(click[:16])
    assert abs(click[800:]).max() < 1e-4


def test_a_room_echoes_and_fades():
    impulse = np.zeros(RATE)
    impulse[0] = 0.5
    powers = []
    for seed in range(20):
        heard, noise = (
            record(wave, RATE, np.random.default_rng(seed)).astype(float)
            for wave in (impulse, 0 * impulse)
        )
        room = np.arctanh(heard) - np.arctanh(noise)
        room = room / room[0]
        assert 0.0 < np.linalg.norm(room[1:]) < 0.16
        powers.append(room[1:3201].reshape(2, 1600) ** 2)
    early, late = np.mean(powers, axis=(0, 2))
    # A tenth of a second is twice the time of fading to 1/e.
    assert late / early == pytest.approx(np.exp(-4), rel=0.25)
