import dataclasses

import numpy as np
import pytest

from keras_av.data import ClipSpec, MediaError
from keras_av.data.media.sound_slice import (
    SoundCollector,
    SoundRange,
    finish_sound,
    paste,
    sound_range,
)


def test_paste_copies_only_what_is_shared():
    for first in range(-6, 8):
        target = np.zeros(5)
        paste(target, 0, np.arange(1, 4), first)
        expected = [
            n - first + 1 if first <= n < first + 3 else 0 for n in range(5)
        ]
        np.testing.assert_array_equal(target, expected)


def test_pieces_are_joined():
    collector = SoundCollector(SoundRange(10, 20, 0, 100, 100))
    collector.add(np.arange(0, 15), 0.0)
    assert not collector.done
    collector.add(np.arange(15, 40), 0.15)
    assert collector.done
    np.testing.assert_array_equal(collector.samples, np.arange(10, 30))


def test_rounded_times_leave_no_holes_but_gaps_stay():
    collector = SoundCollector(SoundRange(0, 2000, 0, 1000, 1000))
    collector.add(np.ones(500), 0.0)
    collector.add(np.ones(500), 0.501)
    np.testing.assert_array_equal(collector.samples[:1000], 1)
    collector.add(np.ones(500), 1.4)
    np.testing.assert_array_equal(collector.samples[1000:1400], 0)
    np.testing.assert_array_equal(collector.samples[1400:1900], 1)


def test_a_piece_without_a_time_follows_the_last_one():
    collector = SoundCollector(SoundRange(0, 4, 0, 1, 1))
    collector.add(np.ones(2), None)
    assert not collector.samples.any()
    collector.add(np.full(2, 1), 0.0)
    collector.add(np.full(2, 2), None)
    np.testing.assert_array_equal(collector.samples, [1, 1, 2, 2])


@pytest.mark.parametrize("rate", [8000, 11025, 22050, 44100, 48000, 12345])
def test_resampling_keeps_time_and_pitch(rate):
    spec = ClipSpec(audio_seconds=0.5)
    span = sound_range(1.0, 0.5, rate, 16000)
    times = (span.first + np.arange(span.count)) / rate
    samples = 0.5 * np.sin(2 * np.pi * 440 * times).astype(np.float32)
    got = finish_sound(samples, span, 0.5, spec)
    expected = 0.5 * np.sin(2 * np.pi * 440 * (1 + np.arange(8000) / 16000))
    assert got.dtype == np.float32 and got.shape == (8000,)
    # Half a sample at the file's rate is the most that rounding may shift.
    shift = 0.5 * np.pi * 440 / rate
    np.testing.assert_allclose(got, expected, atol=0.5 * shift + 2e-3)


def test_short_sound_is_repeated():
    spec = ClipSpec(audio_seconds=1.0)
    span = sound_range(0.0, 0.25, 16000, 16000)
    samples = np.random.default_rng(0).uniform(-1, 1, span.count)
    got = finish_sound(samples, span, 0.25, spec)
    inner = samples[span.lead : -span.lead].astype(np.float32)
    np.testing.assert_array_equal(got, np.tile(inner, 4))


def test_short_sound_is_padded_with_zeros():
    spec = ClipSpec(audio_seconds=1.0)
    span = sound_range(0.0, 0.25, 16000, 16000)
    got = finish_sound(np.full(span.count, 0.5), span, 0.25, spec, pad=True)
    np.testing.assert_array_equal(got, np.repeat([0.5, 0.0], [4000, 12000]))


def test_values_are_clipped():
    span = sound_range(0.0, 1.0, 16000, 16000)
    got = finish_sound(np.full(span.count, 3.0), span, 1.0, ClipSpec())
    assert got.max() == 1.0


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_not_finite(value):
    span = sound_range(0.0, 1.0, 16000, 16000)
    samples = np.zeros(span.count)
    samples[100] = value
    with pytest.raises(MediaError, match="not_finite"):
        finish_sound(samples, span, 1.0, ClipSpec())


def test_no_samples():
    span = sound_range(0.0, 0.0, 16000, 16000)
    with pytest.raises(MediaError, match="empty"):
        finish_sound(np.zeros(span.count), span, 0.0, ClipSpec())


@pytest.mark.parametrize("rate", [0, -1, 2**31 - 1])
def test_absurd_rates_are_refused_before_memory_is_taken(rate):
    with pytest.raises(MediaError, match="absurd"):
        sound_range(0.0, 1.0, rate, 16000)


@pytest.mark.parametrize("rate", [8000, 11025, 22050, 44100, 48000, 12345])
def test_a_stretch_holds_the_samples_of_the_whole(rate):
    spec = ClipSpec(audio_seconds=0.5)
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 4 * rate)
    noise = noise.astype(np.float32)

    def cut(start, seconds):
        span = sound_range(start, seconds, rate, 16000)
        collector = SoundCollector(span)
        collector.add(noise, 0.0)
        long = dataclasses.replace(spec, audio_seconds=seconds)
        return finish_sound(collector.samples, span, seconds, long)

    whole = cut(0.0, 4.0)
    for start in (0.0, 0.12345, 1.7, 3.4999):
        first = round(start * 16000)
        expected = whole[first : first + 8000]
        np.testing.assert_allclose(cut(start, 0.5), expected, atol=3e-6)
