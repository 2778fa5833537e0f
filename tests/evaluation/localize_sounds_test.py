import keras
import numpy as np
import pytest

from keras_av.evaluation import localize_sounds
from keras_av.evaluation.localize_sounds import _spots
from keras_av.methods import Synchronization

FRAMES, SIZE, GRID, SHIFTS = 6, 16, 4, 3


def model():
    """Attends to what is red."""
    look = keras.Sequential(
        [
            keras.Input((FRAMES, SIZE, SIZE, 3)),
            keras.layers.AveragePooling3D((1, SIZE // GRID, SIZE // GRID)),
        ]
    )
    steps = FRAMES + SHIFTS - 1
    hear = keras.Sequential(
        [keras.Input((steps,)), keras.layers.Reshape((steps, 1))]
    )
    found = Synchronization(look, hear, num_shifts=SHIFTS, scale=20.0, seed=0)
    found.video_head.set_weights([np.eye(3, 128), np.zeros(128)])
    found.audio_head.set_weights([np.eye(1, 128), np.zeros(128)])
    return found


def clip(place, index, moving=(3, 3), brightest=(0, 3), has_audio=True):
    """One cell is the red body that is heard, others are seen only."""
    video = np.zeros((FRAMES, SIZE, SIZE, 3), "float32")
    masks = np.zeros((FRAMES, SIZE, SIZE, 3), "float32")
    side = SIZE // GRID

    def cell(row, column):
        return np.s_[
            :,
            side * row : side * (row + 1),
            side * column : side * (column + 1),
        ]

    video[cell(*brightest)] = 250.0
    video[cell(*moving)][::2, :, :, 2] = 200.0
    video[cell(*place)] = (150.0, 0.0, 0.0)
    masks[cell(*place)] = 255.0
    return {
        "video": video,
        "masks": masks,
        "audio": np.ones(FRAMES + SHIFTS - 1, "float32"),
        "index": index,
        "has_audio": has_audio,
    }


def batches(*found):
    data = {name: np.stack([one[name] for one in found]) for name in found[0]}
    masks = {"video": data.pop("masks"), "index": data["index"]}
    return [data], [masks]


@pytest.mark.backend
@pytest.mark.slow_on_jax
def test_each_finds_what_it_looks_for():
    data, masks = batches(
        clip((1, 0), 0),
        clip((3, 3), 1, moving=(0, 0)),
        clip((0, 3), 2, brightest=(2, 1)),
        clip((2, 2), 3),
    )
    found = localize_sounds(model(), data, masks)
    assert found == {
        "peak": 1.0,
        "object": 1.0,
        "chance": 1 / 16,
        "centre": 0.25,
        "brightest": 0.0,
        "moving": 0.0,
    }
    assert list(found)[:2] == ["peak", "object"]
    data, masks = batches(
        clip((1, 0), 0, moving=(1, 0)),
        clip((3, 1), 1, brightest=(3, 1)),
    )
    # It goes out and comes back: its light is that of before.
    data[0]["video"][0, 2:4, 4:8, :4, 0] = 0.0
    data[0]["video"][1, :, 12:, 4:8] = 255.0
    found = localize_sounds(model(), data, masks)
    assert (found["moving"], found["brightest"]) == (0.5, 0.5)


def test_frames_without_a_body_and_silent_clips_do_not_count():
    data, masks = batches(clip((1, 0), 0), clip((2, 2), 1, has_audio=False))
    masks[0]["video"][0, :4] = 0.0
    # Elsewhere in one of two frames that are left.
    masks[0]["video"][0, 5] = np.roll(masks[0]["video"][0, 5], 8, axis=1)
    found = localize_sounds(model(), data, masks)
    assert (found["peak"], found["object"], found["chance"]) == (
        0.5,
        0.5,
        1 / 16,
    )
    assert found["centre"] == 0.0


def test_places_over_the_clip():
    data, masks = batches(clip((1, 0), 0), clip((2, 2), 1))
    # The body is elsewhere in all frames but one, and not there in two.
    for one in masks[0]["video"]:
        one[1:4] = np.roll(one[1:4], SIZE // GRID, axis=2)
        one[4:] = 0.0
    found = localize_sounds(model(), data, masks)
    assert (found["peak"], found["chance"]) == (1 / 4, 1 / 16)
    found = localize_sounds(model(), data, masks, over_clip=True)
    assert (found["peak"], found["object"], found["chance"]) == (1, 1, 1 / 8)
    assert found["centre"] == 0.5


def test_clips_and_masks_are_of_the_same_files():
    data, masks = batches(clip((1, 0), 0), clip((2, 2), 1))
    masks[0]["index"] = masks[0]["index"][::-1]
    with pytest.raises(ValueError, match=r"index \[0, 1\] and \[1, 0\]"):
        localize_sounds(model(), data, masks)
    data, masks = batches(clip((1, 0), 0, has_audio=False))
    with pytest.raises(ValueError, match="no clip with sound"):
        localize_sounds(model(), data, masks)


def test_spots_are_means_of_cells():
    images = np.arange(2 * 6 * 7.0).reshape(2, 6, 7)
    found = _spots(images, 3, 2)
    assert found.shape == (2, 3, 2)
    assert found[1, 2, 0] == images[1, 4:6, :4].mean()
    assert found[0, 0, 1] == images[0, :2, 4:].mean()
