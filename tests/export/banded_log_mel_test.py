import numpy as np
import pytest

from keras_av.export.banded_log_mel import BandedLogMel
from keras_av.layers import LogMelSpectrogram, kaldi_fbank, panns_log_mel
from tests import harness

WAVE = np.random.default_rng(0).normal(0, 0.1, (2, 16000)).astype("float32")
WAVE *= np.geomspace(1e-3, 1, 16000, dtype="float32")


@pytest.mark.backend
@pytest.mark.parametrize(
    "make",
    [
        LogMelSpectrogram,
        panns_log_mel,
        kaldi_fbank,
        lambda: LogMelSpectrogram(num_mel_bins=3, norm=None, power=1.0),
        lambda: LogMelSpectrogram(num_mel_bins=128, fft_length=2048),
    ],
)
@pytest.mark.slow_on_jax
def test_is_the_spectrogram(make):
    layer = make()
    banded = BandedLogMel.from_config(layer.get_config())
    found, expected = harness.numpy([banded(WAVE), layer(WAVE)])
    np.testing.assert_allclose(found, expected, atol=2e-4)


@pytest.mark.parametrize("num_mel_bins, length", [(64, 512), (128, 4096)])
def test_blocks_are_small_and_hold_all_filters(num_mel_bins, length):
    layer = BandedLogMel(num_mel_bins=num_mel_bins, fft_length=length)
    whole = np.zeros_like(layer._filters)
    for bins, filters in layer._bands:
        block = layer._filters[bins, filters]
        assert block.size < 1024 or block.shape[1] == 1
        whole[bins, filters] = block
    np.testing.assert_array_equal(whole, layer._filters)
