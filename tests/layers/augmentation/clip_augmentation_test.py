import keras
import numpy as np
import pytest
from keras import ops
from matplotlib import colors

from keras_av.layers import ClipAugmentation

OFF = dict(
    brightness=0.0,
    contrast=0.0,
    saturation=0.0,
    grayscale_probability=0.0,
)


def clips(batch=3, frames=4):
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (batch, frames, 6, 8, 3), "uint8")


def augment(inputs, **arguments):
    layer = ClipAugmentation(**{**OFF, "seed": 0, **arguments})
    return ops.convert_to_numpy(layer(inputs, training=True))


def grey(x):
    return x @ np.array([0.299, 0.587, 0.114])


def hue(x):
    return colors.rgb_to_hsv(np.clip(x / 255, 0, 1))[..., 0]


def test_everything_off_changes_nothing():
    x = clips()
    np.testing.assert_allclose(augment(x), x, atol=1e-3)


def test_only_casts_outside_of_training():
    x = clips()
    got = ClipAugmentation()(x)
    assert keras.backend.standardize_dtype(got.dtype) == "float32"
    np.testing.assert_array_equal(ops.convert_to_numpy(got), x)


def test_brightness_is_one_factor_a_clip():
    x = clips(64) // 2 + 1
    ratio = augment(x, brightness=0.4) / x
    per_clip = ratio.reshape(64, -1)
    assert np.ptp(per_clip, axis=1).max() < 1e-4
    factors = per_clip[:, 0]
    assert 0.6 <= factors.min() < 0.7 and 1.3 < factors.max() <= 1.4
    assert len(np.unique(factors)) == 64


def test_contrast_keeps_the_mean_grey_and_scales_the_spread():
    x = 100 + clips(16) / 10.0
    got = augment(x, contrast=0.5)
    mean = grey(x).mean(axis=(1, 2, 3))
    np.testing.assert_allclose(grey(got).mean(axis=(1, 2, 3)), mean, rtol=1e-4)
    spread = got - mean[:, None, None, None, None]
    factor = spread / (x - mean[:, None, None, None, None])
    assert np.ptp(np.median(factor.reshape(16, -1), axis=1)) > 0.3
    for one in factor.reshape(16, -1):
        np.testing.assert_allclose(one, np.median(one), rtol=1e-2)


def test_saturation_keeps_grey():
    x = 100 + clips(4) / 10.0
    got = augment(x, saturation=0.9)
    np.testing.assert_allclose(grey(got), grey(x), rtol=1e-5)
    assert np.abs(got - x).max() > 1


def test_greyscale_takes_all_colour_from_whole_clips():
    x = clips(100)
    got = augment(x, grayscale_probability=0.3)
    colourless = np.isclose(got, grey(x)[..., None], atol=1e-2)
    per_clip = colourless.reshape(100, -1).all(axis=1)
    assert 15 < per_clip.sum() < 45
    np.testing.assert_allclose(got[~per_clip], x[~per_clip], atol=1e-3)


def test_hue_turns_by_one_angle_a_clip():
    x = 60 + clips(60) * 0.5
    got = augment(x, hue=0.2)
    turns = np.concatenate(
        [
            (hue(after) - hue(before) + 0.5) % 1 - 0.5
            for before, after in ((x[:, :1], got[:, :1]), (x, got))
        ],
        axis=1,
    ).reshape(60, -1)
    one = np.median(turns, axis=1)
    # Where a colour is hardly there its hue is rounding.
    assert (abs(turns - one[:, None]) < 1e-3).mean() > 0.99
    assert -0.2 <= one.min() < -0.15 and 0.15 < one.max() <= 0.2
    for channel in (np.min, np.max):
        np.testing.assert_allclose(
            channel(got, axis=-1), channel(x, axis=-1), atol=1e-2
        )


def test_hue_is_the_last_draw():
    """The seeds of before it was there give the same clips."""
    x = clips() // 2 + 60
    arguments = {name: 0.2 for name in OFF}
    plain = augment(x, **arguments)
    turned = augment(x, **arguments, hue=0.5)
    for channel in (np.min, np.max):
        np.testing.assert_allclose(
            channel(turned, axis=-1), channel(plain, axis=-1), atol=1e-2
        )


def test_equal_frames_stay_equal_in_range():
    x = np.repeat(clips(8, frames=1), 5, axis=1)
    got = ops.convert_to_numpy(ClipAugmentation(seed=0)(x, training=True))
    np.testing.assert_array_equal(got, np.repeat(got[:, :1], 5, axis=1))
    assert got.min() >= 0 and got.max() <= 255
    assert np.abs(got - x).max() > 10


def test_images_are_clips_of_one_frame():
    x = clips(8, frames=1)
    as_clips = augment(x, **{name: 0.5 for name in OFF})
    as_images = augment(x[:, 0], **{name: 0.5 for name in OFF})
    np.testing.assert_allclose(as_images, as_clips[:, 0], atol=1e-3)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_half_precision_is_the_rounded_float32(policy):
    x = clips()
    full = ClipAugmentation(seed=1, hue=0.2)(x, training=True)
    half = ClipAugmentation(seed=1, hue=0.2, dtype=policy)(x, training=True)
    dtype = keras.DTypePolicy(policy).compute_dtype
    assert keras.backend.standardize_dtype(half.dtype) == dtype
    np.testing.assert_array_equal(
        ops.convert_to_numpy(ops.cast(half, "float32")),
        ops.convert_to_numpy(ops.cast(ops.cast(full, dtype), "float32")),
    )


def test_saved_and_loaded(tmp_path):
    layer = ClipAugmentation(0.1, 0.2, 0.3, 0.4, seed=7, hue=0.1)
    model = keras.Sequential([keras.Input((None, 6, 8, 3)), layer])
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    assert loaded.layers[0].get_config() == layer.get_config()


def test_refuses_wrong_arguments():
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        ClipAugmentation(contrast=1.5)
    with pytest.raises(ValueError, match=r"\[0, 0.5\]"):
        ClipAugmentation(hue=0.6)
    with pytest.raises(ValueError, match="Expected clips"):
        ClipAugmentation()(np.zeros((2, 6, 8, 1), "uint8"))


def test_the_order_of_axes_is_its_own():
    expected = augment(clips(), hue=0.3, saturation=0.4)
    before = keras.config.image_data_format()
    keras.config.set_image_data_format("channels_first")
    try:
        found = augment(clips(), hue=0.3, saturation=0.4)
    finally:
        keras.config.set_image_data_format(before)
    np.testing.assert_allclose(found, expected, atol=1e-4)
