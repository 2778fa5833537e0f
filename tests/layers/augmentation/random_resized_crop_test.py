import numpy as np
import pytest
from keras import ops
from PIL import Image

from keras_av.layers import RandomResizedCrop
from tests.layers.augmentation import random_layers
from tests.layers.augmentation.random_layers import train

HEIGHT, WIDTH = 24, 32


def clips(batch=3, frames=2):
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (batch, frames, HEIGHT, WIDTH, 3), "uint8")


def coordinates(batch):
    """Frames whose first two channels tell where a pixel is."""
    x = np.zeros((batch, 1, HEIGHT, WIDTH, 3), "float32")
    x[..., 0] = np.arange(HEIGHT)[:, None] + 0.5
    x[..., 1] = np.arange(WIDTH) + 0.5
    return x


def boxes(cropped):
    """Top, left, height and width of the parts of such frames.

    Only parts that are enlarged, and away from the edges, tell them exactly.
    """
    rows, columns = cropped[:, 0, :, 4, 0], cropped[:, 0, 4, :, 1]
    steps = [np.median(np.diff(x, axis=1), axis=1) for x in (rows, columns)]
    middles = rows.mean(axis=1), columns.mean(axis=1)
    tall, wide = (s * x.shape[1] for s, x in zip(steps, (rows, columns)))
    top, left = middles[0] - tall / 2, middles[1] - wide / 2
    return top, left, tall, wide


def resized(frame, box, size):
    """By another program: `box` is top, left, height, width."""
    top, left, tall, wide = box
    return np.stack(
        [
            Image.fromarray(frame[..., c].astype("float32")).resize(
                (size[1], size[0]),
                Image.Resampling.BILINEAR,
                box=(left, top, left + wide, top + tall),
            )
            for c in range(3)
        ],
        axis=-1,
    )


@pytest.mark.parametrize("size", [(24, 24), (10, 12), (40, 30), (5, 32)])
def test_the_central_part_outside_of_training(size):
    x = clips()
    got = ops.convert_to_numpy(RandomResizedCrop(size)(x))
    ratio = size[1] / size[0]
    tall, wide = min(HEIGHT, WIDTH / ratio), min(WIDTH, HEIGHT * ratio)
    box = ((HEIGHT - tall) / 2, (WIDTH - wide) / 2, tall, wide)
    for clip, frame in np.ndindex(3, 2):
        expected = resized(x[clip, frame], box, size)
        np.testing.assert_allclose(got[clip, frame], expected, atol=0.1)


def test_clips_of_the_size_stay_outside_of_training():
    x = clips()
    got = RandomResizedCrop((HEIGHT, WIDTH))(x)
    np.testing.assert_array_equal(ops.convert_to_numpy(got), x)


@pytest.mark.slow_on_jax
@pytest.mark.backend
def test_random_parts_are_resized_as_by_another_program():
    size, area = (16, 12), (0.3, 0.9)
    layer = RandomResizedCrop((64, 64), area, (0.6, 0.9), seed=5)
    found = np.stack(boxes(train(layer, coordinates(20))), axis=1)
    # The same seed cuts the same parts.
    x = clips(20)
    got = train(RandomResizedCrop(size, area, (0.6, 0.9), seed=5), x)
    for row in range(20):
        expected = resized(x[row, 0], found[row], size)
        assert abs(got[row, 0] - expected).mean() < 1.5


def test_areas_ratios_and_places():
    layer = RandomResizedCrop(64, (0.1, 0.4), (0.5, 2.0), seed=0)
    top, left, tall, wide = boxes(train(layer, coordinates(400)))
    area, ratio = tall * wide / (HEIGHT * WIDTH), wide / tall
    # Edges of the frame disturb the reading of a few.
    assert 0.09 < np.quantile(area, 0.02) < 0.13
    assert 0.36 < np.quantile(area, 0.98) < 0.41
    assert np.mean(area) == pytest.approx(0.25, abs=0.02)
    assert 0.48 < np.quantile(ratio, 0.02) < 0.6
    assert 1.7 < np.quantile(ratio, 0.98) < 2.05
    assert np.median(np.log(ratio)) == pytest.approx(0, abs=0.12)
    for start, spare in ((top, HEIGHT - tall), (left, WIDTH - wide)):
        share = start / spare
        assert share.mean() == pytest.approx(0.5, abs=0.05)
        assert np.quantile(share, 0.1) < 0.2 and np.quantile(share, 0.9) > 0.8


def test_what_never_fits_is_the_greatest_part_in_the_centre():
    layer = RandomResizedCrop((8, 32), (1.0, 1.0), (4.0, 4.0), seed=0)
    got = train(layer, clips())
    for clip, frame in np.ndindex(3, 2):
        expected = resized(
            clips()[clip, frame], (8, 0, WIDTH / 4, WIDTH), (8, 32)
        )
        np.testing.assert_allclose(got[clip, frame], expected, atol=0.1)


def test_all_frames_of_a_clip_alike_and_clips_apart():
    x = np.repeat(clips(8, 1)[:1], 8, axis=0)
    x = np.repeat(x, 4, axis=1)
    got = train(RandomResizedCrop(16, seed=0), x)
    np.testing.assert_array_equal(got, np.repeat(got[:, :1], 4, axis=1))
    assert len(np.unique(got[:, 0], axis=0)) == 8
    images = train(RandomResizedCrop(16, seed=0), x[:, 0])
    np.testing.assert_allclose(images, got[:, 0], atol=1e-3)
    assert got.min() >= 0 and got.max() <= 255.001


@pytest.mark.slow_on_tensorflow
def test_seeds_compilation_saving_and_half_precision(tmp_path):
    def make(**arguments):
        return RandomResizedCrop((16, 20), (0.2, 1.0), **arguments)

    random_layers.check(make, clips(), tmp_path)
    random_layers.check_half(make, clips())


@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(size=0), "pixels from 1 up"),
        (dict(size=(4, 4, 3)), "pixels from 1 up"),
        (dict(size=4, area=(0.0, 1.0)), "above 0"),
        (dict(size=4, area=(0.5, 1.5)), "at most 1"),
        (dict(size=4, area=(0.5, 0.2)), "lower one first"),
        (dict(size=4, aspect_ratio=(0.0, 1.0)), "ratios above 0"),
    ],
)
def test_refuses_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        RandomResizedCrop(**arguments)


def test_refuses_wrong_inputs():
    with pytest.raises(ValueError, match="Expected clips"):
        RandomResizedCrop(4)(np.zeros((2, 8, 8, 1), "uint8"))
