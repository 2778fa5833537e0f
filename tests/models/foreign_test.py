"""Networks of other libraries, with weights at random, as encoders."""

import keras
import numpy as np
import pytest

from keras_av.layers import LogMelSpectrogram
from keras_av.models import Preset, audio_encoder, frames_encoder
from tests import harness

RANDOM = np.random.default_rng(0)
CLIPS = RANDOM.integers(0, 256, (2, 2, 32, 32, 3), "uint8")
SOUND = RANDOM.normal(0, 0.1, (2, 8000)).astype("float32")
IMAGE = (32, 32, 3)


def hub():
    return pytest.importorskip("keras_hub").models


def resnet():
    return hub().ResNetBackbone(
        [64], [7], [64, 64], [1, 1], [1, 2], "basic_block", image_shape=IMAGE
    )


def efficientnet():
    return hub().EfficientNetBackbone(
        stackwise_width_coefficients=[1.0, 1.0],
        stackwise_depth_coefficients=[1.0, 1.0],
        stackwise_squeeze_and_excite_ratios=[0.25, 0.25],
        stackwise_kernel_sizes=[3, 3],
        stackwise_num_repeats=[1, 1],
        stackwise_input_filters=[8, 8],
        stackwise_output_filters=[8, 16],
        stackwise_expansion_ratios=[1, 6],
        stackwise_strides=[1, 2],
        stackwise_block_types=["v1", "v1"],
        image_shape=IMAGE,
    )


def mit():
    return hub().MiTBackbone(
        layerwise_depths=[1, 1],
        num_layers=2,
        layerwise_num_heads=[1, 2],
        layerwise_sr_ratios=[2, 1],
        max_drop_path_rate=0.0,
        layerwise_patch_sizes=[7, 3],
        layerwise_strides=[4, 2],
        image_shape=IMAGE,
        hidden_dims=[8, 16],
    )


def vit():
    return hub().ViTBackbone(IMAGE, 16, 1, 2, 16, 32)


def dino():
    network = hub().DINOV2Backbone(16, 1, 16, 2, 32, image_shape=IMAGE)
    # keras_hub does not restore its positions once they are trained.
    network.get_layer("embeddings").trainable = False
    return network


def applications():
    return keras.applications.MobileNetV3Small(
        IMAGE, alpha=0.35, include_top=False, weights=None, minimalistic=True
    )


def resnet_v2():
    return pytest.importorskip("keras_cv").models.ResNetV2Backbone(
        stackwise_filters=[8, 16],
        stackwise_blocks=[2, 2],
        stackwise_strides=[1, 2],
        include_rescaling=False,
        input_shape=IMAGE,
    )


def whisper():
    network = hub().WhisperBackbone(
        vocabulary_size=50,
        num_layers=1,
        num_heads=2,
        hidden_dim=16,
        intermediate_dim=32,
        max_encoder_sequence_length=50,
        max_decoder_sequence_length=8,
    )
    return keras.Model(
        network.input["encoder_features"],
        network.output["encoder_sequence_output"],
    )


def check(encoder, inputs, folder):
    """Trained for a step, saved, and loaded again."""
    dim = encoder.output_shape[-1]
    model = keras.Sequential([encoder, keras.layers.Dense(2)])
    model.compile("sgd", "mse", **harness.ONE_STEP)
    before = [np.copy(x) for x in encoder.get_weights()]
    loss = model.train_on_batch(inputs, np.ones((2, 2)))
    assert np.isfinite(loss)
    after = encoder.get_weights()
    assert any(not np.array_equal(a, b) for a, b in zip(before, after))
    encoder.save_to_preset(folder / "preset")
    again = Preset.from_preset(folder / "preset")
    both = [x(inputs, training=False) for x in (encoder, again)]
    found, expected = harness.numpy(both)
    assert found.shape == (2, dim)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


# A family of each kind; `make test-all` trains the others on JAX and PyTorch.
@pytest.mark.slow_on_jax
@pytest.mark.slow_on_tensorflow
@pytest.mark.parametrize(
    "make, token",
    [
        (applications, "mean"),
        (resnet, "mean"),
        (efficientnet, "mean"),
        (mit, "mean"),
        pytest.param(vit, "class", marks=pytest.mark.backend),
        (dino, "class"),
        (resnet_v2, "mean"),
    ],
)
def test_a_network_of_images_encodes_clips(make, token, tmp_path):
    if make is resnet_v2 and keras.backend.backend() == "jax":
        pytest.skip("keras_cv has TensorFlow and PyTorch")
    scale = keras.layers.Rescaling(1 / 127.5, offset=-1)
    encoder = frames_encoder(
        make(), 2, IMAGE[:2], token=token, preprocessor=scale
    )
    check(encoder, CLIPS, tmp_path)


@pytest.mark.backend
@pytest.mark.slow_on_jax
@pytest.mark.slow_on_tensorflow
def test_whisper_encodes_sound(tmp_path):
    mel = LogMelSpectrogram(num_mel_bins=80)
    check(audio_encoder(whisper(), mel, num_times=50), SOUND, tmp_path)


@pytest.mark.backend
@pytest.mark.slow_on_jax
@pytest.mark.slow_on_tensorflow
def test_a_network_of_clips_is_an_encoder_as_it_is(tmp_path):
    cv = pytest.importorskip("keras_cv")
    if keras.backend.backend() == "jax":
        pytest.skip("keras_cv has TensorFlow and PyTorch")
    swin = cv.models.VideoSwinBackbone(
        input_shape=(2, 32, 32, 3),
        include_rescaling=True,
        patch_size=[2, 4, 4],
        embed_dim=16,
        depths=[1, 1],
        num_heads=[2, 4],
        window_size=[2, 4, 4],
    )
    inputs = keras.Input((2, 32, 32, 3))
    pooled = keras.layers.GlobalAveragePooling3D()(swin(inputs))
    encoder = keras.Model(inputs, pooled)
    expected = harness.numpy(encoder(CLIPS))
    encoder.save(tmp_path / "swin.keras")
    again = keras.saving.load_model(tmp_path / "swin.keras")
    np.testing.assert_allclose(
        harness.numpy(again(CLIPS)), expected, rtol=1e-4, atol=1e-5
    )
