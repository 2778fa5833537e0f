import numpy as np
import pytest

from keras_av.layers.sound.fourier_waves import fourier_waves, window_of


@pytest.mark.parametrize("length", [7, 16])
def test_products_with_a_frame_are_its_transform(length):
    frame = np.random.default_rng(0).normal(size=length)
    window = window_of("hann", length)
    bins = np.array([0, 2, 5])
    got = frame @ fourier_waves(window, 16, bins)[:, 0]
    expected = np.fft.rfft(frame * window, 16)[bins]
    np.testing.assert_allclose(got[:3] + 1j * got[3:], expected, atol=1e-5)


def test_frames_are_prepared_as_in_kaldi():
    frame = np.random.default_rng(0).normal(size=16) + 3.0
    window = window_of("povey", 16)
    got = frame @ fourier_waves(window, 16, np.arange(9), 0.9)[:, 0]
    centred = frame - frame.mean()
    prepared = centred - 0.9 * np.concatenate([centred[:1], centred[:-1]])
    expected = np.fft.rfft(prepared * window)
    np.testing.assert_allclose(got[:9] + 1j * got[9:], expected, atol=1e-5)


def test_windows():
    half = np.sin(np.pi * np.arange(5) / 5) ** 2
    np.testing.assert_allclose(window_of("hann", 5), half, atol=1e-12)
    whole = np.sin(np.pi * np.arange(5) / 4) ** 2
    symmetric = window_of("hann_symmetric", 5)
    np.testing.assert_allclose(symmetric, whole, atol=1e-12)
    povey = window_of("povey", 5)
    np.testing.assert_allclose(povey, symmetric**0.85, atol=1e-12)
    with pytest.raises(ValueError, match="hamming"):
        window_of("hamming", 5)


@pytest.mark.parametrize("number, preemphasis", [(8000, 0.0), (1, 0.97)])
def test_refuses_sizes_that_no_sound_needs(number, preemphasis):
    window, bins = window_of("hann", 8000), np.arange(number)
    with pytest.raises(ValueError, match="window_length=8000"):
        fourier_waves(window, 16384, bins, preemphasis)
