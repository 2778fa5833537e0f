import numpy as np
import pytest

from keras_av.data.clip.media_error import MediaError
from keras_av.data.media.sound_slice import (
    SoundCollector,
    resampled,
    sound_range,
)
from keras_av.data.media.sound_spool import FULL_SCALE, SoundSpool

SECONDS = 3


@pytest.fixture(autouse=True)
def short_stretches(monkeypatch):
    monkeypatch.setattr(
        "keras_av.data.media.sound_spool.STRETCH_SECONDS", SECONDS
    )


def noise(seconds, rate, seed=0):
    rng = np.random.default_rng(seed)
    return rng.uniform(-0.5, 0.5, round(seconds * rate)).astype("float32")


def spooled(wave, rate, sampling_rate, sizes, count, seconds=None):
    seconds = len(wave) / rate if seconds is None else seconds
    spool = SoundSpool(rate, sampling_rate, seconds)
    position = 0
    sizes = np.resize(sizes, len(wave))
    for size in sizes:
        if position >= len(wave):
            break
        spool.add(wave[position : position + size], position / rate)
        position += size
    found = spool.finish(count)
    assert len(found) == count
    return found[:]


@pytest.mark.parametrize("seconds", [0.4, 3.0, 3.01, 10.7, 12.0])
@pytest.mark.parametrize(
    "rate, sampling_rate", [(16000, 16000), (44100, 16000), (8000, 22050)]
)
@pytest.mark.parametrize("sizes", [[1024], [37, 5000], [200_000]])
def test_is_the_whole_sound_resampled(seconds, rate, sampling_rate, sizes):
    wave = noise(seconds, rate)
    count = round(seconds * sampling_rate)
    found = spooled(wave, rate, sampling_rate, sizes, count)
    whole = SoundCollector(sound_range(0.0, seconds, rate, sampling_rate))
    whole.add(wave, 0.0)
    expected = resampled(whole.samples, whole.span)[:count]
    assert found.dtype == np.int16 and found.shape == (count,)
    error = abs(found / FULL_SCALE - expected)
    assert error.max() <= 0.51 / FULL_SCALE + 2e-6


@pytest.mark.parametrize("at", [2.9, 5.0])
def test_gaps_are_silent(at):
    """A gap across the end of a stretch, and one inside."""
    rate, wave = 8000, noise(12, 8000)
    first = round(at * rate)
    spool = SoundSpool(rate, rate, 12)
    spool.add(wave[:first], 0.0)
    spool.add(wave[first + rate :], at + 1.0)
    found = spool.finish(12 * rate)[:] / FULL_SCALE
    expected = wave.copy()
    expected[first : first + rate] = 0
    np.testing.assert_allclose(found, expected, atol=0.51 / FULL_SCALE)


def test_what_ends_early_is_silent_from_there():
    rate, wave = 8000, noise(4, 8000)
    spool = SoundSpool(rate, rate, 11)
    spool.add(wave, 0.0)
    assert not spool.done
    found = spool.finish(11 * rate)[:]
    assert abs(found[: 4 * rate]).max() > 0 and not found[4 * rate :].any()


def test_is_done_at_its_end():
    rate = 8000
    spool = SoundSpool(rate, rate, 7)
    for start in range(8):
        assert not spool.done
        spool.add(noise(1, rate), float(start))
    assert spool.done


def test_refuses_what_is_no_number():
    wave = noise(8, 8000)
    wave[40_000] = np.nan
    with pytest.raises(MediaError, match="NaN"):
        spooled(wave, 8000, 8000, [1000], 64_000)


def test_of_no_sound():
    assert len(SoundSpool(8000, 8000, 0.0).finish(0)) == 0
