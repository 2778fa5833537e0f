import keras
import numpy as np
import pytest
from keras import ops

from keras_av.models import SeparationUNet
from keras_av.models.separation_unet import _interpolation
from tests import harness

FRAMES, BINS, STEPS, CHANNELS = 11, 17, 3, 5


def numpy(x):
    return ops.convert_to_numpy(x)


def make(widths=(4, 6, 8), **kwargs):
    return SeparationUNet(
        (FRAMES, BINS, 2), (STEPS, CHANNELS), widths, **kwargs
    )


def inputs(size=2, seed=0):
    rng = np.random.default_rng(seed)
    return {
        "mixture": rng.standard_normal((size, FRAMES, BINS, 2)).astype("f4"),
        "video": rng.standard_normal((size, STEPS, CHANNELS)).astype("f4"),
    }


def test_the_mask_has_the_shape_of_the_mixture():
    for widths in ((3,), (3, 4), (4, 6, 8), (2, 2, 2, 2)):
        found = numpy(make(widths)(inputs()))
        assert found.shape == (2, FRAMES, BINS, 2)
        # The highest frequency gets what the one below it gets.
        np.testing.assert_array_equal(found[:, :, -1], found[:, :, -2])


def test_the_original_of_two_and_a_half_seconds():
    network = SeparationUNet((256, 257, 2), (64, 640))
    assert network.output_shape == (None, 256, 257, 2)
    middle = network.get_layer("middle0_conv").input
    # Four times fewer steps, as many as the frames of the original.
    assert middle.shape == (None, 64, 8, 1152)


def test_a_step_stands_for_places_side_by_side():
    network = make()
    kernel, bias = network.get_layer("mask").get_weights()
    own = np.arange(len(bias), dtype="float32")
    network.get_layer("mask").set_weights([0 * kernel, own])
    found = numpy(network(inputs()))
    for time in range(FRAMES):
        for place in range(BINS - 1):
            first = 4 * (time % 2) + 2 * (place % 2)
            expected = [[first, first + 1]] * 2
            np.testing.assert_array_equal(found[:, time, place], expected)


def reach(network, data, key, place):
    """Which times of the mask move with a place of an input."""
    before = numpy(network(data))
    data = {name: x.copy() for name, x in data.items()}
    data[key][(0, *place)] += 1.0
    moved = np.abs(numpy(network(data)) - before).max(axis=(2, 3))
    assert not moved[1].any()
    return np.flatnonzero(moved[0] > 0)


def test_video_acts_at_its_time():
    network = SeparationUNet((160, 17, 2), (40, 2), (4, 4))
    rng = np.random.default_rng(1)
    data = {
        "mixture": rng.standard_normal((2, 160, 17, 2)).astype("float32"),
        "video": rng.standard_normal((2, 40, 2)).astype("float32"),
    }
    # A step of the video is four frames of the spectrogram.
    for step in (10, 25):
        times = reach(network, data, "video", (step, 0))
        middle = 4 * step + 1.5
        assert abs((times[0] + times[-1]) / 2 - middle) <= 2
        assert times[-1] - times[0] < 40
    times = reach(network, data, "mixture", (80, 5, 0))
    assert times[0] <= 80 <= times[-1]


@pytest.mark.parametrize(
    "before, after, expected",
    [
        (1, 3, [[1], [1], [1]]),
        (3, 3, np.eye(3)),
        (2, 4, [[1, 0], [0.75, 0.25], [0.25, 0.75], [0, 1]]),
        (4, 2, [[0.5, 0.5, 0, 0], [0, 0, 0.5, 0.5]]),
    ],
)
def test_interpolation(before, after, expected):
    np.testing.assert_allclose(_interpolation(before, after), expected)


@pytest.mark.backend
@pytest.mark.slow_on_jax
def test_files_and_half_precision(tmp_path):
    # Compiled as a whole, which JAX does sooner than each operation.
    network, data = make((4, 6)), inputs()
    harness.check_registered(network)
    expected = network.predict_on_batch(data)
    network.save(tmp_path / "network.keras")
    loaded = keras.saving.load_model(tmp_path / "network.keras")
    assert harness.plain(loaded.get_config()) == network.get_config()
    np.testing.assert_array_equal(loaded.predict_on_batch(data), expected)
    for policy in harness.TRAINED_HALF:
        with harness.dtype_policy(policy):
            half = make((4, 6))
        half.set_weights(network.get_weights())
        found = half.predict_on_batch(data)
        assert found.dtype == np.float32
        tolerance = 2 * harness.HALF[policy] * np.abs(expected).max()
        np.testing.assert_allclose(found, expected, atol=tolerance)
        assert np.abs(found - expected).max() > 0


@pytest.mark.parametrize(
    "spectrogram, video, widths",
    [
        ((11, 16, 2), (3, 5), (4, 4)),
        ((11, 17, 1), (3, 5), (4,)),
        ((11, 17), (3, 5), (4,)),
        ((11, 17, 2), (3,), (4,)),
        ((None, 17, 2), (3, 5), (4,)),
        ((11, 17, 2), (3, 5), ()),
        ((11, 17, 2), (3, 5), (4, 4, 4, 4, 4)),
        ((11, 17, 2), (3, 0), (4,)),
    ],
)
def test_wrong_shapes(spectrogram, video, widths):
    with pytest.raises(ValueError, match="one more bin than a multiple"):
        SeparationUNet(spectrogram, video, widths)
