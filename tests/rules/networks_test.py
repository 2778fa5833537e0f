"""Networks by name."""

import functools
import json

import keras
import numpy as np
import pytest

from keras_av import rules
from keras_av.models import ResNet3DBackbone, ResNetBackbone


@pytest.fixture
def run(tmp_path, dataset, clips):
    return rules.Run(dataset, clips, 0, tmp_path)


@pytest.mark.slow_on_tensorflow
def test_networks_of_video(run):
    parts = [
        rules.clip_augmentation(),
        rules.rescaling(scale=1 / 127.5, offset=-1.0),
    ]
    for preprocessor in (None, parts):
        encoder = rules.resnet3d_backbone(
            depth=10, width=2, preprocessor=preprocessor
        )
        model = encoder.make(run)
        assert isinstance(model, ResNet3DBackbone)
        assert model.input_shape == (None, *run.clip_spec.spec.video_shape)
        video = np.zeros((2, 4, 32, 32, 3), "uint8")
        assert model.predict(video, verbose=0).shape == (2, 16)


def test_a_recipe_crops(run):
    recipe = rules.augmentation_recipe(recipe="sscl", crop_size=24)
    encoder = rules.resnet3d_backbone(depth=10, width=2, preprocessor=[recipe])
    assert encoder.make(run).taps["stem"].shape[2] < 16


@pytest.mark.slow_on_tensorflow
def test_networks_of_images_and_sound(run):
    image = rules.listen_to_look_image(depth=10, width=2).make(run)
    assert image.input_shape == (None, 32, 32, 3)
    for make in (
        rules.listen_to_look_audio,
        functools.partial(rules.resnet_backbone, modality="audio"),
    ):
        model = make(depth=10, width=2).make(run)
        assert isinstance(model, ResNetBackbone)
        assert model.input_shape == (None, 16000)
    image = rules.resnet_backbone(modality="image", depth=10, width=2)
    assert image.make(run).input_shape == (None, 32, 32, 3)


def test_pooling_by_a_layer(run):
    encoder = rules.resnet_backbone(
        modality="audio",
        depth=10,
        width=2,
        pooling=rules.spectrogram_pooling(freq_pool="mean"),
    )
    assert encoder.make(run).pooling.freq_pool == "mean"


def test_r2plus1d(run):
    model = rules.r2plus1d_backbone(depth=10, width=2, variant="ccl").make(run)
    assert type(model).__name__ == "R2Plus1DBackbone"


@pytest.mark.slow_on_tensorflow
def test_statistics_are_measured_once(run, audio):
    before = audio.make(run)
    file = run.folder / "log_mel_spectrogram_statistics_64.json"
    mean, std = json.loads(file.read_text())
    assert len(mean) == len(std) == 64
    file.write_text(json.dumps([[0.0] * 64, [1.0] * 64]))
    again = rules.Run(run.dataset, run.clip_spec, 0, run.folder)
    after = audio.make(again)
    sound = np.random.default_rng(0).normal(size=(1, 16000)).astype("float32")
    for name, model in zip("ab", (before, after)):
        assert np.isfinite(model.predict(sound, verbose=0)).all(), name
    configs = [json.dumps(m.preprocessor.get_config()) for m in (before, after)]
    assert configs[0] != configs[1]


@pytest.mark.slow_on_tensorflow
def test_presets(tmp_path, run, audio):
    model = audio.make(run)
    model.save_to_preset(tmp_path / "preset")
    path = str(tmp_path / "preset")
    encoder = rules.preset_encoder(path=path, modality="audio")
    assert encoder.missing() is None
    assert encoder.spec.sampling_rate == 16000
    assert encoder.spec.num_samples == 16000
    again = encoder.make(run)
    sound = np.random.default_rng(0).normal(size=(2, 16000)).astype("float32")
    np.testing.assert_allclose(
        again.predict(sound, verbose=0), model.predict(sound, verbose=0)
    )
    other = rules.clip_spec(sampling_rate=8000, audio_seconds=2.0)
    with pytest.raises(ValueError, match="sampling_rate=16000"):
        encoder.check("audio_encoder", ("audio",), other)
    with pytest.raises(ValueError, match="match the input of the network"):
        rules.preset_encoder(path=path, modality="video")


def test_converted_weights(tmp_path, run):
    model = ResNet3DBackbone(10, 2, run.clip_spec.spec.video_shape)
    state = torch_state(model)
    np.savez(tmp_path / "weights.npz", **state)
    path = str(tmp_path / "weights.npz")
    with pytest.raises(ValueError, match="needs preprocessor"):
        rules.resnet3d_backbone(depth=10, width=2, weights=path)
    encoder = rules.resnet3d_backbone(
        depth=10,
        width=2,
        weights=path,
        preprocessor=[rules.rescaling(scale=1 / 255)],
    )
    keras.utils.set_random_seed(1)
    kernel = encoder.make(run).get_layer("conv1").get_weights()[0]
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
