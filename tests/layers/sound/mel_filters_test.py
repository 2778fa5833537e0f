import librosa
import numpy as np
import pytest

from keras_av.layers import mel_filters


@pytest.mark.xdist_group("librosa")
@pytest.mark.parametrize(
    "arguments",
    [
        (16000, 512, 64, 0.0, None),
        (16000, 400, 40, 20.0, 7600.0),
        (24000, 1024, 80, 0.0, 12000.0),
        (44100, 2048, 128, 50.0, 14000.0),
    ],
)
def test_matches_librosa(arguments):
    rate, fft, bins, low, high = arguments
    expected = librosa.filters.mel(
        sr=rate, n_fft=fft, n_mels=bins, fmin=low, fmax=high
    ).T
    np.testing.assert_allclose(mel_filters(*arguments), expected, atol=1e-7)


def test_matches_the_filters_of_panns(vectors):
    golden = vectors("spectrograms")["panns_mel_fb"]
    got = mel_filters(32000, 1024, 64, 50.0, 14000.0)
    np.testing.assert_allclose(got, golden, atol=1e-7)


def test_every_filter_has_unit_area():
    filters = mel_filters(16000, 8192, 40)
    areas = filters.sum(axis=0) * 16000 / 8192
    np.testing.assert_allclose(areas, 1.0, rtol=0.01)


@pytest.mark.parametrize("band", [(-1.0, None), (500.0, 400.0), (0.0, 9000.0)])
def test_refuses_a_band_outside_of_the_spectrum(band):
    with pytest.raises(ValueError, match="half of the sampling rate"):
        mel_filters(16000, 512, 40, *band)


def test_refuses_filters_that_hold_no_frequency():
    with pytest.raises(ValueError, match="Lower num_mel_bins"):
        mel_filters(16000, 256, 128)


@pytest.mark.xdist_group("librosa")
@pytest.mark.slow
def test_matches_librosa_on_the_scale_of_htk():
    expected = librosa.filters.mel(
        sr=16000, n_fft=512, n_mels=40, htk=True, norm=None
    ).T
    got = mel_filters(16000, 512, 40, mel_scale="htk", norm=None)
    np.testing.assert_allclose(got, expected, atol=1e-6)


def test_kaldi_accepts_filters_that_hold_no_frequency():
    filters = mel_filters(16000, 512, 128, 20.0, mel_scale="kaldi", norm=None)
    assert (filters.max(axis=0) == 0).any() and filters.max() <= 1.0


@pytest.mark.parametrize("size", [(2**24, 64), (512, 10**7)])
def test_refuses_sizes_that_no_sound_needs(size):
    with pytest.raises(ValueError, match="numbers. Expected at most"):
        mel_filters(16000, *size)
