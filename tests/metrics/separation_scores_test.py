import sys

import numpy as np
import pytest
from scipy.linalg import toeplitz

from keras_av.metrics import separation_scores

pytest.importorskip("fast_bss_eval")


def decibels(part, rest):
    return 10 * np.log10((part**2).sum() / (rest**2).sum())


def si_sdr(sound, separated):
    part = (separated @ sound) / (sound @ sound) * sound
    return decibels(part, separated - part)


def sdr(sound, separated, taps=512):
    """The part that 512 delays of the sound make up, by least squares."""
    padded = np.pad(sound, (0, taps - 1))
    delays = toeplitz(padded, np.zeros(taps))
    whole = np.pad(separated, (0, taps - 1))
    part = delays @ np.linalg.lstsq(delays, whole, rcond=None)[0]
    return decibels(part, whole - part)


def test_scores_are_their_definition():
    rng = np.random.default_rng(0)
    sounds = rng.standard_normal((3, 900))
    separated = sounds + rng.standard_normal((3, 900)) * [[0.1], [1.0], [3.0]]
    found = separation_scores(sounds, separated.astype("float32"))
    assert list(found) == ["sdr", "si_sdr"]
    for name, measure in (("sdr", sdr), ("si_sdr", si_sdr)):
        expected = [measure(s, e) for s, e in zip(sounds, separated)]
        np.testing.assert_allclose(found[name], expected, atol=1e-3)


def test_a_factor_and_a_delay_count_as_the_sound():
    rng = np.random.default_rng(1)
    sound, noise = rng.standard_normal((2, 1, 4000))
    plain = separation_scores(sound, sound + 0.1 * noise)
    scaled = separation_scores(sound, 7 * (sound + 0.1 * noise))
    for name in plain:
        np.testing.assert_allclose(plain[name], scaled[name])
    late = np.pad(sound, ((0, 0), (100, 0)))[:, :4000]
    found = separation_scores(sound, late + 0.1 * noise)
    assert found["sdr"] > 14 and found["si_sdr"] < -10


def test_silence_is_no_sound():
    sounds = np.random.default_rng(2).standard_normal((2, 1000))
    separated = sounds * [[0.0], [1.0]]
    separated[1, ::2] *= 0.5
    found = separation_scores(sounds, separated)
    assert found["sdr"][0] == found["si_sdr"][0] == -np.inf
    assert np.isfinite(found["sdr"][1]) and np.isfinite(found["si_sdr"][1])
    assert (separation_scores(sounds, 0 * sounds)["sdr"] == -np.inf).all()
    with pytest.raises(ValueError, match=r"silent sounds in rows \[0\]"):
        separation_scores(separated, sounds)


@pytest.mark.parametrize("shape", [(2, 99), (100,), (2, 1, 100)])
def test_wrong_shapes(shape):
    with pytest.raises(ValueError, match=r"\(rows, samples\)"):
        separation_scores(np.ones((2, 100)), np.ones(shape))


def test_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "fast_bss_eval", None)
    with pytest.raises(ImportError, match=r"keras_av\[separation\]"):
        separation_scores(np.ones((1, 100)), np.ones((1, 100)))
