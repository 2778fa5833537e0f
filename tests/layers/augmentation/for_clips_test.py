import keras
import numpy as np
import pytest
from keras import layers, ops

from keras_av.layers import ForClips
from tests import harness

LAYERS = {
    "RandomFlip": lambda: layers.RandomFlip(seed=0),
    "RandomRotation": lambda: layers.RandomRotation(0.2, seed=0),
    "RandomZoom": lambda: layers.RandomZoom(0.3, seed=0),
    "RandomTranslation": lambda: layers.RandomTranslation(0.2, 0.2, seed=0),
    "RandomShear": lambda: layers.RandomShear(0.3, 0.3, seed=0),
    "RandomPerspective": lambda: layers.RandomPerspective(1.0, 0.5, seed=0),
    "RandomBrightness": lambda: layers.RandomBrightness(0.4, seed=0),
    "RandomContrast": lambda: layers.RandomContrast(0.4, seed=0),
    "RandomHue": lambda: layers.RandomHue(0.4, (0, 255), seed=0),
    "RandomSaturation": lambda: layers.RandomSaturation(0.9, seed=0),
    "RandomSharpness": lambda: layers.RandomSharpness(0.9, seed=0),
    "RandomGrayscale": lambda: layers.RandomGrayscale(0.5, seed=0),
    "RandomInvert": lambda: layers.RandomInvert(0.5, seed=0),
    "RandomPosterization": lambda: layers.RandomPosterization(3, seed=0),
    "RandomGaussianBlur": lambda: layers.RandomGaussianBlur(
        1.0, 3, (0.5, 2.0), seed=0
    ),
    "RandomErasing": lambda: layers.RandomErasing(1.0, seed=0),
    "RandomCrop": lambda: layers.RandomCrop(24, 24, seed=0),
    "RandAugment": lambda: layers.RandAugment(seed=0),
    "AugMix": lambda: layers.AugMix(seed=0),
}
RANDOM = np.random.default_rng(0)
FRAMES = RANDOM.uniform(0, 255, (6, 1, 32, 32, 3)).astype("float32")
# Clips whose frames are all the same.
CLIPS = np.repeat(FRAMES, 4, axis=1)


# Keras's own, of RandAugment on PyTorch.
@pytest.mark.filterwarnings("ignore:Tensor.T is deprecated:UserWarning")
@pytest.mark.backend
@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.slow_on_jax
def test_frames_are_changed_alike_and_clips_are_not(name):
    layer = ForClips(LAYERS[name]())
    changed = False
    for _ in range(3):
        found = harness.numpy(layer(CLIPS, training=True))
        assert found.shape[:2] == (6, 4)
        np.testing.assert_allclose(found, found[:, :1] + 0 * found, atol=1e-3)
        changed |= found.shape != CLIPS.shape or not np.allclose(found, CLIPS)
    # Nothing is random of which all draws are the same.
    assert changed


@pytest.mark.backend
@pytest.mark.slow_on_jax
def test_each_clip_has_its_own():
    layer = ForClips(layers.RandomRotation(0.4, seed=0))
    same = np.repeat(CLIPS[:1], 6, axis=0)
    found = harness.numpy(layer(same, training=True))
    assert len(np.unique(found[:, 0].mean((1, 2, 3)).round(3))) == 6


@pytest.mark.backend
def test_does_what_the_layer_does_to_each_frame():
    """Not only to the first frame: clips that move."""
    clips = RANDOM.uniform(0, 255, (3, 4, 16, 16, 3)).astype("float32")
    found = harness.numpy(
        ForClips(layers.RandomFlip("horizontal", seed=1))(clips, training=True)
    )
    for clip, one in zip(clips, found):
        assert np.array_equal(one, clip) or np.array_equal(
            one, clip[:, :, ::-1]
        )


@pytest.mark.backend
def test_outside_of_training_it_does_what_the_layer_does():
    turn = ForClips(layers.RandomRotation(0.5))
    np.testing.assert_array_equal(
        harness.numpy(turn(CLIPS.astype("uint8"))), CLIPS.astype("uint8")
    )


@pytest.mark.slow_on_jax
@pytest.mark.backend
def test_in_a_model(tmp_path):
    inputs = keras.Input((4, 32, 32, 3))
    layer = ForClips(layers.RandomZoom(0.3, seed=0))
    model = keras.Model(inputs, layer(inputs))
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert again.layers[1].layer.seed == 0
    found = [harness.numpy(x(CLIPS, training=True)) for x in (model, again)]
    np.testing.assert_allclose(found[0], found[0][:, :1] + 0 * CLIPS, atol=1e-3)
    assert ops.convert_to_numpy(model.predict(CLIPS, verbose=0)).shape


@pytest.mark.parametrize(
    "make",
    [
        lambda: layers.RandomColorJitter((0, 255), 0.4),
        lambda: layers.RandomElasticTransform(1.0),
        lambda: layers.Dense(3),
    ],
)
def test_what_it_cannot_make_alike_is_refused(make):
    with pytest.raises(ValueError, match="ClipAugmentation"):
        ForClips(make())


def test_images_are_refused():
    with pytest.raises(ValueError, match="clips"):
        ForClips(layers.RandomFlip())(CLIPS[0])
