import keras
import numpy as np
import pytest

from keras_av.layers import LogMelSpectrogram
from keras_av.models import Preset, audio_encoder
from tests import harness

RANDOM = np.random.default_rng(0)
SOUND = RANDOM.normal(0, 0.1, (2, 4000)).astype("float32")


def network(time, channels):
    """A network of spectrograms, with or without an axis of channels."""
    shape = (time, 40, 1) if channels else (time, 40)
    inputs = keras.Input(shape, name="features")
    layer = keras.layers.Conv2D if channels else keras.layers.Conv1D
    return keras.Model({"features": inputs}, layer(6, 3)(inputs))


def front():
    return LogMelSpectrogram(num_mel_bins=40)


@pytest.mark.backend
@pytest.mark.parametrize("channels", [True, False])
@pytest.mark.parametrize(
    "time, num_times", [(None, None), (None, 20), (40, None)]
)
@pytest.mark.slow_on_jax
def test_the_network_hears_what_fits(time, num_times, channels):
    net = network(time, channels)
    encoder = audio_encoder(net, front(), None, num_times)
    mel = harness.numpy(front()(SOUND))
    length = num_times or time or mel.shape[1]
    padded = np.repeat(mel.min((1, 2, 3), keepdims=True), 40, 2)
    padded = np.repeat(padded, length, 1)
    mel = np.concatenate([mel, padded], 1)[:, :length]
    found = harness.numpy(net({"features": mel if channels else mel[..., 0]}))
    expected = found.mean(tuple(range(1, found.ndim - 1)))
    np.testing.assert_allclose(
        harness.numpy(encoder(SOUND)), expected, rtol=1e-4, atol=1e-5
    )


@pytest.mark.slow_on_jax
@pytest.mark.backend
def test_is_a_preset(tmp_path):
    encoder = audio_encoder(network(40, False), front(), 4000, token="class")
    encoder.save_to_preset(tmp_path / "preset")
    again = Preset.from_preset(tmp_path / "preset")
    found, expected = harness.numpy([again(SOUND), encoder(SOUND)])
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    harness.check_config(encoder)


def test_what_hears_no_spectrogram_is_refused():
    inputs = keras.Input((4,))
    with pytest.raises(ValueError, match="network of spectrograms"):
        audio_encoder(keras.Model(inputs, inputs * 2), front())
    with pytest.raises(ValueError, match="token='last'"):
        audio_encoder(network(40, True), front(), token="last")
