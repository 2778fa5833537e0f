import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from keras_av.layers import kaldi_fbank, panns_log_mel, yamnet_log_mel
from tests.layers.sound.log_mel_spectrogram_test import chirps


@pytest.mark.slow_on_jax
@pytest.mark.backend
def test_panns(vectors):
    golden = vectors("spectrograms")
    got = ops.convert_to_numpy(panns_log_mel()(golden["panns_wave32k"]))
    expected = np.moveaxis(golden["panns_logmel"], 1, -1)
    np.testing.assert_allclose(got, expected, atol=2e-3)
    half = panns_log_mel(16000).get_config()
    assert (half["fft_length"], half["max_freq"]) == (512, 8000.0)
    with pytest.raises(ValueError, match="16000 or 32000"):
        panns_log_mel(44100)


@pytest.mark.backend
@pytest.mark.slow_on_jax
def test_yamnet_by_the_operations_of_its_program():
    waves = chirps()
    frames = tf.signal.stft(waves, 400, 160, 512)
    mel = tf.abs(frames) @ tf.signal.linear_to_mel_weight_matrix(
        64, 257, 16000, 125.0, 7500.0
    )
    got = ops.convert_to_numpy(yamnet_log_mel()(waves))[..., 0]
    np.testing.assert_allclose(got, np.log(mel + 0.001), atol=1e-3)


@pytest.mark.backend
def test_kaldi_by_its_definition():
    waves = chirps().astype("float64")
    starts = np.arange(0, waves.shape[1] - 399, 160)
    frames = waves[:, starts[:, None] + np.arange(400)]
    frames = frames - frames.mean(axis=2, keepdims=True)
    before = np.concatenate([frames[..., :1], frames[..., :-1]], axis=2)
    frames = (frames - 0.97 * before) * np.hanning(400)
    power = np.abs(np.fft.rfft(frames, 512)) ** 2
    mel = 1127 * np.log1p(np.arange(257) * 16000 / 512 / 700)
    edges = np.linspace(
        1127 * np.log1p(20 / 700), 1127 * np.log1p(8000 / 700), 82
    )
    rising = (mel[:, None] - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - mel[:, None]) / (edges[2:] - edges[1:-1])
    filters = np.maximum(0, np.minimum(rising, falling))
    expected = np.log(np.maximum(power @ filters, np.finfo("float32").eps))
    got = ops.convert_to_numpy(kaldi_fbank(80)(waves.astype("float32")))
    np.testing.assert_allclose(got[..., 0], expected, atol=2e-3)
