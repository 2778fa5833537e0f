import dataclasses

import numpy as np
import pytest

from keras_av.data.generated.event import CLASSES, draw_event
from keras_av.data.generated.motion import move
from keras_av.data.generated.picture import render_picture


def moving(event):
    """The parts of the frames that differ from the still ones."""
    frames = render_picture(event, 3.0, 16, 64).astype(float)
    return abs(frames - np.median(frames, axis=0)).sum(axis=-1)


@pytest.mark.parametrize("kind", CLASSES)
def test_something_is_seen_to_move(kind):
    for number in range(4):
        change = moving(draw_event(kind, "train", number, 0))
        assert change.shape == (48, 64, 64)
        assert (change > 90).mean(axis=(1, 2)).max() > 0.005


def test_a_ball_is_lowest_when_it_strikes():
    for number in range(4):
        event = draw_event("rubber_ball", "train", number, 0)
        change = moving(event) * (np.arange(64) < 54)[None, :, None]
        bright = change > 90
        rows = np.arange(64)[None, :, None]
        lowest = np.where(bright, rows, 0).max(axis=(1, 2))
        for time in move(event, np.arange(48) / 16).strikes:
            frame = round(time * 16)
            if 3 <= frame <= 44:
                near = lowest[frame - 3 : frame + 4]
                # Within a frame of the strike it is as low as it gets.
                assert near[2:5].max() >= near.max() - 1


@pytest.mark.parametrize(
    "one, other",
    [("hammer_wood", "hammer_metal"), ("wooden_ball", "metal_ball")],
)
def test_sight_alone_confuses(one, other):
    event = draw_event(one, "train", 0, 0)
    twin = dataclasses.replace(event, kind=other)
    np.testing.assert_array_equal(
        render_picture(event, 1.0, 16, 32), render_picture(twin, 1.0, 16, 32)
    )


def test_looks_differ_from_clip_to_clip():
    event = draw_event("glide", "train", 0, 0)
    other = dataclasses.replace(event, seed=event.seed + 1)
    first, second = (render_picture(e, 0.1, 16, 32)[0] for e in (event, other))
    assert abs(first.astype(int) - second).mean() > 5
