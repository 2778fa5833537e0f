"""Networks by name."""

import keras
import numpy as np
import pytest

from keras_av import rules
from keras_av.models import ResNet3DBackbone, ResNetBackbone


def no_statistics(layer):
    return np.zeros(layer.num_mel_bins), np.ones(layer.num_mel_bins)


def make(encoder, clips, seed=0):
    return encoder.make(clips.spec, seed, no_statistics)


@pytest.mark.parametrize("augmentation", ["none", "colors", "sscl"])
def test_networks_of_video(clips, augmentation):
    encoder = rules.resnet3d(depth=10, width=2, augmentation=augmentation)
    model = make(encoder, clips)
    assert isinstance(model, ResNet3DBackbone)
    video = np.zeros((2, 4, 32, 32, 3), "uint8")
    assert model.predict(video, verbose=0).shape == (2, 16)


def test_a_crop_belongs_to_a_recipe(clips):
    encoder = rules.resnet3d(
        depth=10, width=2, augmentation="sscl", crop_size=24
    )
    assert make(encoder, clips).taps["stem"].shape[2] < 16
    with pytest.raises(ValueError, match="crop_size belongs to a recipe"):
        rules.resnet3d(crop_size=24)


def test_networks_of_images_and_sound(clips):
    image = make(rules.image_resnet(depth=10, width=2), clips)
    assert image.input_shape == (None, 32, 32, 3)
    for tall in (False, True):
        encoder = rules.audio_resnet(
            depth=10, width=2, num_mel_bins=40, tall=tall
        )
        model = make(encoder, clips)
        assert isinstance(model, ResNetBackbone)
        assert model.input_shape == (None, 16000)


def test_r2plus1d(clips):
    model = make(rules.r2plus1d(depth=10, width=2), clips)
    assert type(model).__name__ == "R2Plus1DBackbone"


def test_presets(tmp_path, clips):
    model = make(rules.audio_resnet(depth=10, width=2), clips)
    model.save_to_preset(tmp_path / "preset")
    path = str(tmp_path / "preset")
    encoder = rules.preset_encoder(path=path, modality="audio")
    assert encoder.missing() is None
    assert encoder.spec.sampling_rate == 16000
    assert encoder.spec.num_samples == 16000
    again = make(encoder, clips)
    sound = np.random.default_rng(0).normal(size=(2, 16000)).astype("float32")
    np.testing.assert_allclose(
        again.predict(sound, verbose=0), model.predict(sound, verbose=0)
    )
    other = rules.clip_spec(sampling_rate=8000, audio_seconds=2.0)
    with pytest.raises(ValueError, match="sampling_rate=16000"):
        encoder.check("audio_encoder", ("audio",), other)
    with pytest.raises(ValueError, match="what the network takes"):
        rules.preset_encoder(path=path, modality="video")


def test_converted_weights(tmp_path, clips):
    model = ResNet3DBackbone(10, 2, clips.spec.video_shape)
    state = torch_state(model)
    np.savez(tmp_path / "weights.npz", **state)
    encoder = rules.resnet3d(
        depth=10, width=2, weights=str(tmp_path / "weights.npz")
    )
    keras.utils.set_random_seed(1)
    kernel = make(encoder, clips).get_layer("conv1").get_weights()[0]
    np.testing.assert_allclose(
        kernel, np.transpose(state["conv1.weight"], (2, 3, 4, 1, 0))
    )


def torch_state(model):
    """What PyTorch would have of the same network, at random."""
    rng, state = np.random.default_rng(0), {}
    for layer in model.layers:
        name = layer.name
        if isinstance(layer, keras.layers.BatchNormalization):
            size = layer.moving_mean.shape[0]
            for part in ("weight", "bias", "running_mean", "running_var"):
                state[f"{name}.{part}"] = rng.uniform(0.5, 1, size)
        elif layer.weights:
            shape = tuple(layer.weights[0].shape)
            # Convolutions of one frame each have a size of 1 in time there.
            kernel = rng.normal(size=shape if len(shape) == 5 else (1, *shape))
            state[f"{name}.weight"] = np.moveaxis(kernel, (-1, -2), (0, 1))
    return state
