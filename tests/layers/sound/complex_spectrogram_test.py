import numpy as np
import pytest
from keras import ops

from keras_av.layers import ComplexSpectrogram
from tests import harness

pytestmark = pytest.mark.backend
SMALL = {"window_length": 20, "sequence_stride": 8, "fft_length": 32}


def numpy(x):
    return ops.convert_to_numpy(x)


def oracle(wave, window_length, sequence_stride, fft_length):
    """Frames around every stride, one at a time, in float64."""
    window = np.zeros(fft_length)
    first = (fft_length - window_length) // 2
    turns = np.arange(window_length) / window_length
    window[first : first + window_length] = np.sin(np.pi * turns) ** 2
    padded = np.pad(wave.astype("float64"), fft_length // 2)
    starts = range(0, len(wave) + 1, sequence_stride)
    frames = [window * padded[n : n + fft_length] for n in starts]
    spectra = np.fft.rfft(frames)
    return np.stack([spectra.real, spectra.imag], axis=-1)


@pytest.mark.slow_on_jax
@pytest.mark.parametrize(
    "options, samples",
    [
        (SMALL, 50),
        (SMALL, 48),
        ({"window_length": 16, "sequence_stride": 8, "fft_length": 16}, 100),
        ({}, 1000),
    ],
)
def test_there_and_back(options, samples):
    layer = ComplexSpectrogram(**options)
    rng = np.random.default_rng(samples)
    waves = rng.standard_normal((3, samples)).astype("float32")
    found = layer(waves)
    sizes = [
        layer.window_length,
        layer.sequence_stride,
        layer.fft_length,
    ]
    expected = np.stack([oracle(wave, *sizes) for wave in waves])
    assert tuple(found.shape) == layer.compute_output_shape((3, samples))
    np.testing.assert_allclose(numpy(found), expected, atol=1e-4)
    again = numpy(layer.waveform(found, samples))
    np.testing.assert_allclose(again, waves, atol=1e-5)


def test_the_way_back_is_to_the_nearest_waveform():
    """What no waveform has is left out: the definition by least squares."""
    layer, samples = ComplexSpectrogram(**SMALL), 40
    rng = np.random.default_rng(0)
    spectrogram = rng.standard_normal((1, 6, 17, 2)).astype("float32")
    # What the frames are, whatever a real transform makes of them.
    spectra = spectrogram[0, ..., 0] + 1j * spectrogram[0, ..., 1]
    frames = np.fft.irfft(spectra, 32)
    window = np.zeros(32)
    window[6:26] = np.sin(np.pi * np.arange(20) / 20) ** 2
    rows = np.zeros((6, 32, 72))
    for number in range(6):
        at = np.arange(32)
        rows[number, at, 8 * number + at] = window
    matrix = rows.reshape(-1, 72)[:, 16 : 16 + samples]
    expected = np.linalg.lstsq(matrix, frames.reshape(-1), rcond=None)[0]
    found = numpy(layer.waveform(spectrogram, samples))[0]
    np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.mark.slow_on_jax
def test_stands(tmp_path):
    rng = np.random.default_rng(1)
    waves = rng.standard_normal((2, 100)).astype("float32")
    harness.check_layer(
        lambda **options: ComplexSpectrogram(**SMALL, **options),
        waves,
        folder=tmp_path,
        dtype="float32",
    )


@pytest.mark.parametrize(
    "options",
    [
        {"fft_length": 399},
        {"fft_length": 256},
        {"sequence_stride": 201},
        {"sequence_stride": 0},
        {"window_length": 1},
    ],
)
def test_wrong_options(options):
    with pytest.raises(ValueError, match="at most half a window"):
        ComplexSpectrogram(**options)


def test_wrong_waveforms():
    with pytest.raises(ValueError, match="batch axis"):
        ComplexSpectrogram()(np.zeros(1000, "float32"))
