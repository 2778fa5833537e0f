import keras
import numpy as np
import pytest
from keras import ops

from keras_av.models import (
    ImageAudioEncoder,
    listen_to_look_audio,
    listen_to_look_image,
)


def trainable(model):
    return sum(int(np.prod(w.shape)) for w in model.trainable_weights)


@pytest.mark.slow_on_tensorflow
def test_numbers_of_weights():
    image, audio = listen_to_look_image(), listen_to_look_audio()
    assert trainable(image) == 11_176_512
    assert trainable(audio) == 11_170_244
    both = ImageAudioEncoder(image, audio)
    assert trainable(both) == 11_176_512 + 11_170_244 + 1_574_400


def test_the_audio_network_shortens_by_sixteen():
    for bins, cells in ((33, 3), (40, 3), (48, 3), (64, 4), (128, 8)):
        encoder = listen_to_look_audio(num_mel_bins=bins, depth=10, width=2)
        taps = encoder.taps
        assert tuple(taps["stage4"].shape) == (None, 7, cells, 16)
        assert encoder.pooling.kernel.shape == (cells,)


@pytest.mark.parametrize("rate, window", [(16000, 400), (24000, 600)])
def test_the_front_end_has_windows_of_25_ms_every_10_ms(rate, window):
    front = listen_to_look_audio(None, rate, depth=10, width=2).preprocessor
    assert (front.window_length, front.sequence_stride) == (window, rate // 100)
    assert front.fft_length >= window > front.fft_length // 2
    assert front.sampling_rate == rate


def test_images_are_standardised_by_imagenet():
    front = listen_to_look_image(depth=10, width=2).preprocessor
    grey = np.full((1, 2, 2, 3), 128, "uint8")
    expected = (128 / 255 - np.array([0.485, 0.456, 0.406])) / np.array(
        [0.229, 0.224, 0.225]
    )
    got = ops.convert_to_numpy(front(grey))[0, 0, 0]
    np.testing.assert_allclose(got, expected, rtol=1e-4)


def test_a_saved_one_is_the_same(tmp_path):
    encoder = listen_to_look_audio(1600, depth=10, width=2)
    encoder.save_to_preset(tmp_path / "preset")
    loaded = type(encoder).from_preset(tmp_path / "preset")
    wave = 0.1 * np.random.default_rng(0).normal(size=(2, 1600))
    wave = wave.astype("float32")
    np.testing.assert_allclose(
        ops.convert_to_numpy(loaded(wave)),
        ops.convert_to_numpy(encoder(wave)),
        atol=1e-6,
    )
    assert isinstance(loaded, keras.Model)
