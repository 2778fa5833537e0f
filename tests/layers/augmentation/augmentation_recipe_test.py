import keras
import numpy as np
import pytest
from keras import ops

from keras_av.layers import (
    ClipAugmentation,
    RandomGain,
    RandomResizedCrop,
    augmentation_recipe,
)
from tests.layers.augmentation.random_layers import eager

NAMES = ["cross_modal_contrastive", "sscl", "compositional_contrastive"]


def clips():
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (3, 2, 20, 24, 3), "uint8")


@pytest.mark.parametrize("name", NAMES)
def test_changes_clips_and_sound_in_training_only(name):
    look, listen = augmentation_recipe(name, 16, seed=0)
    sound = np.random.default_rng(0).uniform(-1, 1, (3, 100)).astype("f4")
    assert eager(look, clips()).shape == (3, 2, 16, 16, 3)
    ratio = eager(listen, sound) / sound
    if name == "compositional_contrastive":
        np.testing.assert_array_equal(ratio, 1)
    else:
        assert 0.9 <= ratio.min() < ratio.max() <= 1.1
    plain = ops.convert_to_numpy(look(clips()))
    expected = ops.convert_to_numpy(RandomResizedCrop(16)(clips()))
    np.testing.assert_array_equal(plain, expected)
    np.testing.assert_array_equal(ops.convert_to_numpy(listen(sound)), sound)


def test_the_numbers():
    look, listen = augmentation_recipe("cross_modal_contrastive", (14, 16))
    crop, jitter = look.layers
    assert crop.size == (14, 16) and crop.area == (0.08, 1.0)
    config = ClipAugmentation(0.4, 0.4, 0.4, 0.0, hue=0.2).get_config()
    names = ("brightness", "contrast", "saturation", "hue")
    for name in (*names, "grayscale_probability"):
        assert jitter.get_config()[name] == config[name]
    assert isinstance(listen, RandomGain)
    assert listen.gain == pytest.approx((-0.915, 0.828), abs=1e-3)
    (crop,) = augmentation_recipe("compositional_contrastive", 112)[0].layers
    assert crop.area == (0.25, 1.0)
    assert crop.aspect_ratio == pytest.approx((0.75, 1.333), abs=1e-3)


@pytest.mark.slow_on_tensorflow
def test_inside_a_saved_encoder(tmp_path):
    look, _ = augmentation_recipe("sscl", 16, seed=0)
    model = keras.Sequential(
        [
            keras.Input((2, 20, 24, 3), dtype="uint8"),
            look,
            keras.layers.Flatten(),
            keras.layers.Dense(2),
        ]
    )
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    np.testing.assert_allclose(
        model.predict(clips(), verbose=0),
        loaded.predict(clips(), verbose=0),
        rtol=1e-5,
    )
    model.compile("sgd", "mse", jit_compile=keras.backend.backend() == "jax")
    history = model.fit(clips(), np.zeros((3, 2)), verbose=0)
    assert np.isfinite(history.history["loss"]).all()


def test_there_is_no_other():
    with pytest.raises(ValueError, match="Expected one of.*sscl"):
        augmentation_recipe("listen_to_look", 112)


@pytest.mark.parametrize("name", NAMES)
def test_a_seed_governs_all_of_it(name):
    sound = np.random.default_rng(0).uniform(-1, 1, (3, 100)).astype("f4")
    first, second = (augmentation_recipe(name, 16, seed=3) for _ in range(2))
    for inputs, one, other in zip((clips(), sound), first, second):
        np.testing.assert_array_equal(eager(one, inputs), eager(other, inputs))
