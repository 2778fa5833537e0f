import keras
import numpy as np
import pytest
from keras import ops

from keras_av.layers import (
    ClipAugmentation,
    LogMelSpectrogram,
    SpecAugment,
    SpectrogramPooling,
)
from keras_av.models import (
    Backbone,
    R2Plus1DBackbone,
    ResNet3DBackbone,
    ResNetBackbone,
    listen_to_look_audio,
)
from tests import harness

VIDEO = (2, 4, 16, 16, 3)


def video_encoder(**arguments):
    scale = keras.Sequential(
        [
            ClipAugmentation(seed=0),
            keras.layers.Rescaling(1 / 127.5, offset=-1),
        ]
    )
    return R2Plus1DBackbone(10, 4, VIDEO[1:], preprocessor=scale, **arguments)


def sound_encoder():
    front = keras.Sequential(
        [LogMelSpectrogram(num_mel_bins=40, mean=-5.0), SpecAugment(seed=0)]
    )
    return ResNetBackbone(10, 4, (None,), preprocessor=front, pooling="max")


def raw(encoder):
    rng = np.random.default_rng(0)
    if len(encoder.input.shape) == 2:
        return 0.1 * rng.standard_normal((2, 4000)).astype("float32")
    return rng.integers(0, 256, VIDEO).astype("uint8")


ENCODERS = [
    video_encoder,
    sound_encoder,
    lambda: ResNet3DBackbone(10, (4, 4, 8, 8), VIDEO[1:]),
]


@pytest.mark.slow
def test_preset_of_a_compiled_and_trained_backbone(tmp_path, jit_compile):
    encoder = video_encoder()
    encoder.compile(
        keras.optimizers.SGD(0.01, momentum=0.9),
        loss=lambda y_true, y_pred: ops.mean(ops.square(y_pred)),
        jit_compile=jit_compile,
    )
    encoder.fit(raw(encoder), np.zeros(2), epochs=1, verbose=0)
    encoder.save_to_preset(tmp_path / "preset")
    loaded = Backbone.from_preset(tmp_path / "preset")
    assert not loaded.compiled
    for a, b in zip(loaded.get_weights(), encoder.get_weights()):
        np.testing.assert_array_equal(a, b)


@pytest.mark.slow_on_tensorflow
def test_taps_are_feature_maps():
    encoder = video_encoder()
    model = keras.Model(encoder.input, encoder.taps)
    maps = model.predict(raw(encoder), verbose=0)
    assert {name: x.shape for name, x in maps.items()} == {
        "stem": (2, 4, 8, 8, 4),
        "stage1": (2, 4, 8, 8, 4),
        "stage2": (2, 2, 4, 4, 8),
        "stage3": (2, 1, 2, 2, 16),
        "stage4": (2, 1, 1, 1, 32),
    }
    np.testing.assert_allclose(
        encoder.predict(raw(encoder), verbose=0),
        maps["stage4"].mean(axis=(1, 2, 3)),
        rtol=1e-5,
    )


def test_preprocessor_augments_in_training_only():
    encoder = video_encoder()
    x = raw(encoder)
    plain = ops.convert_to_numpy(encoder.preprocessor(x))
    np.testing.assert_allclose(plain, x / 127.5 - 1, atol=1e-5)
    augmented = encoder.preprocessor(x, training=True)
    assert np.abs(ops.convert_to_numpy(augmented) - plain).max() > 0.1


def test_quiet_sound_is_not_rounded_under_a_half_precision_policy():
    wave = raw(sound_encoder()) * 1e-4
    with harness.dtype_policy("mixed_float16"):
        encoder = sound_encoder()
    front = LogMelSpectrogram(num_mel_bins=40, mean=-5.0, floor=1e-6)
    expected = ops.convert_to_numpy(front(wave))
    got = encoder.preprocessor(wave)
    got = ops.convert_to_numpy(ops.cast(got, "float32"))
    np.testing.assert_allclose(got, expected, atol=0.02)


def test_refuses_wrong_arguments():
    with pytest.raises(ValueError, match="Expected one of"):
        ResNetBackbone(depth=20)
    with pytest.raises(ValueError, match="one per stage"):
        ResNetBackbone(width=(8, 16, 32, 64, 128))
    with pytest.raises(ValueError, match="pooling"):
        ResNetBackbone(10, 4, pooling="mean")
    with pytest.raises(ValueError, match="channels"):
        ResNetBackbone(10, 4, input_shape=(16000,))
    with pytest.raises(ValueError, match="variant"):
        R2Plus1DBackbone(variant="other")


@pytest.mark.parametrize("make", ENCODERS)
@pytest.mark.slow_on_tensorflow
def test_stands(make, tmp_path):
    policies = tuple(harness.HALF)
    if make is ENCODERS[2]:
        # TensorFlow pools no maps of float16 in three dimensions on a CPU.
        policies = ("mixed_bfloat16",)
    harness.check_backbone(make, raw(make()), tmp_path, policies)


@pytest.mark.backend
@pytest.mark.slow_on_jax
def test_another_size_has_the_same_weights():
    steps = keras.Sequential(
        [keras.layers.Rescaling(1 / 255), keras.layers.RandomFlip(seed=0)]
    )
    backbone = ResNetBackbone(10, 2, (32, 32, 3), preprocessor=steps)
    images = np.random.default_rng(0).uniform(0, 255, (2, 48, 40, 3))
    other = backbone.resized((48, 40, 3))
    anything = ResNetBackbone(
        10, 2, (None, None, 3), preprocessor=keras.layers.Rescaling(1 / 255)
    )
    anything.set_weights(backbone.get_weights())
    # Layers of Keras flip unless they are told not to.
    both = [model(images, training=False) for model in (other, anything)]
    found, expected = harness.numpy(both)
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    # Its own, not shared.
    other.weights[0].assign(0 * other.weights[0])
    assert backbone.get_weights()[0].any()


@pytest.mark.slow_on_tensorflow
def test_weights_that_depend_on_the_size_are_told():
    encoder = listen_to_look_audio(depth=10, width=2)
    assert encoder.resized((8000,)).input_shape == (None, 8000)
    sized = ResNetBackbone(10, 2, (32, 32, 3), pooling=keras.layers.Flatten())
    assert sized.resized((64, 64, 3)).output_shape == (None, 64)
    spectral = ResNetBackbone(10, 2, (64, 40, 1), pooling=SpectrogramPooling())
    with pytest.raises(ValueError, match="cannot have the weights"):
        spectral.resized((64, 80, 1))
