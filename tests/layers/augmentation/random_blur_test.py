import numpy as np
import pytest
from keras import ops
from scipy.ndimage import gaussian_filter

from keras_av.layers import RandomBlur
from tests.layers.augmentation import random_layers
from tests.layers.augmentation.random_layers import train


def clips(batch=4, frames=2):
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (batch, frames, 20, 24, 3), "uint8")


def blurred(x, sigma):
    """From the formula, in float64."""

    def weights(length):
        places = np.arange(length)
        w = np.exp(-((places[:, None] - places) ** 2) / (2 * sigma**2))
        return w / w.sum(axis=1, keepdims=True)

    rows, columns = weights(x.shape[-3]), weights(x.shape[-2])
    return np.einsum("ih,jw,...hwc->...ijc", rows, columns, x.astype("f8"))


@pytest.mark.parametrize("sigma", [0.1, 0.7, 2.0, 5.0])
def test_the_formula(sigma):
    x = clips()
    got = train(RandomBlur((sigma, sigma), 1.0, seed=0), x)
    np.testing.assert_allclose(got, blurred(x, sigma), atol=1e-2)


def test_is_a_gaussian_away_from_the_edges():
    x = clips(1, 1)
    got = train(RandomBlur((1.0, 1.0), 1.0), x)[0, 0, 6:-6, 6:-6]
    expected = gaussian_filter(x[0, 0].astype("f8"), (1, 1, 0), truncate=6)
    np.testing.assert_allclose(got, expected[6:-6, 6:-6], atol=1e-2)


def test_each_clip_has_its_width_and_some_stay():
    x = np.repeat(clips(1), 200, axis=0)
    got = train(RandomBlur((0.5, 2.0), 0.4, seed=0), x)
    same = (got == x).all(axis=(1, 2, 3, 4))
    assert 100 <= same.sum() <= 140
    # One of those that stay, and each of the others.
    assert len(np.unique(got[:, 0], axis=0)) == 201 - same.sum()
    spread = got[~same].std(axis=(1, 2, 3, 4))
    bounds = [blurred(x[:1], sigma).std() for sigma in (2.0, 1.7, 0.8, 0.5)]
    assert bounds[0] - 1e-3 <= spread.min() < bounds[1]
    assert bounds[2] < spread.max() <= bounds[3] + 1e-3


def test_all_frames_of_a_clip_alike():
    x = np.repeat(clips(frames=1), 3, axis=1)
    got = train(RandomBlur(probability=1.0, seed=0), x)
    # Some processors round the places at the end of a vector otherwise, by
    # 2e-7; another width of the blur differs by far more.
    alike = np.repeat(got[:, :1], 3, axis=1)
    np.testing.assert_allclose(got, alike, rtol=1e-6)
    images = train(RandomBlur(probability=1.0, seed=0), x[:, 0])
    np.testing.assert_allclose(images, got[:, 0], atol=1e-3)


def test_only_casts_outside_of_training():
    x = clips()
    np.testing.assert_array_equal(ops.convert_to_numpy(RandomBlur()(x)), x)


@pytest.mark.slow_on_tensorflow
def test_seeds_compilation_saving_and_half_precision(tmp_path):
    def make(**arguments):
        return RandomBlur((0.2, 1.5), 0.9, **arguments)

    random_layers.check(make, clips(), tmp_path)
    random_layers.check_half(make, clips())


def test_of_probability_zero_nothing_is_blurred():
    clips = np.random.default_rng(0).integers(0, 255, (8, 2, 8, 8, 3), "uint8")
    layer = RandomBlur(probability=0, seed=0)
    np.testing.assert_array_equal(layer(clips, training=True), clips)


def test_refuses_wrong_arguments_and_inputs():
    for sigma in ((0.0, 1.0), (2.0, 1.0), (1.0,)):
        with pytest.raises(ValueError, match="lower one first"):
            RandomBlur(sigma)
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        RandomBlur(probability=1.5)
    with pytest.raises(ValueError, match="Expected clips"):
        RandomBlur()(np.zeros((2, 8, 8), "uint8"))
