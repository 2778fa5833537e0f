import dataclasses

import numpy as np
import pytest

from keras_av.data import GeneratedTask
from keras_av.data.generated.benchmark.body import draw_body
from keras_av.data.generated.benchmark.scene import draw_scene, render_scene
from keras_av.data.generated.benchmark.task import ClipId

TASK = GeneratedTask()


def scene(number=0, num_silent=2, seconds=2.0):
    return draw_scene(TASK, ClipId(number, "train", 3), seconds, num_silent)


def test_bodies_are_apart_and_none_is_in_the_middle():
    places = []
    for number in range(32):
        found = scene(number)
        assert len(found.bodies) == len(found.x) == len(found.floors) == 3
        y = [
            floor - body.radius - body.height / 2
            for floor, body in zip(found.floors, found.bodies)
        ]
        centers = np.stack([found.x, y], axis=1)
        gaps = np.linalg.norm(centers[:, None] - centers, axis=-1)
        assert gaps[np.triu_indices(3, 1)].min() >= 0.36
        assert np.linalg.norm(centers - 0.5, axis=1).min() >= 0.25
        places.append(centers[0])
    # The one that is heard is anywhere else.
    assert np.std(places, axis=0).min() > 0.1


def test_the_heard_body_is_that_of_the_clip():
    heard = scene(7, seconds=5.0).heard
    body = draw_body(TASK, ClipId(7, "train", 3), 5.0)
    size = {"length": body.length, "height": body.height}
    assert dataclasses.replace(heard, **size) == body
    assert heard.height < body.height


def test_silent_bodies_hop_otherwise_at_the_same_time():
    for number in range(8):
        heard, *others = scene(number, seconds=6.0).bodies
        for other in others:
            assert other.start == heard.start
            assert other.entropy != heard.entropy
            assert (other.period, other.phase) != (heard.period, heard.phase)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_masks_follow_the_body_that_is_heard(number):
    found = scene(number)
    frames, masks = render_scene(found, 2.0, 16, 64)
    assert frames.shape == masks.shape == (32, 64, 64, 3)
    assert set(np.unique(masks)) == {0, 255}
    heights = found.heard.heights(np.arange(32) / 16)
    for mask, height in zip(masks, heights):
        row, column = (np.argwhere(mask[..., 0]).mean(axis=0) + 0.5) / 64
        y = found.floors[0] - found.heard.radius - height
        assert (row, column) == pytest.approx((y, found.x[0]), abs=0.02)
    # When it strikes, its mask is low.
    strikes = np.rint(16 * found.heard.strikes(1.9)).astype(int)
    rows = np.array([np.argwhere(mask[..., 0])[:, 0].mean() for mask in masks])
    assert len(strikes) > 2 and rows[strikes].mean() > rows.mean() + 1


def test_the_mask_is_all_that_the_body_changes():
    found = scene(4)
    frames, masks = render_scene(found, 2.0, 16, 64)
    # The same place without it: it is far below the frame.
    gone = dataclasses.replace(found, floors=(9.0, *found.floors[1:]))
    others, _ = render_scene(gone, 2.0, 16, 64)
    changed = np.abs(frames.astype(int) - others).max(axis=-1) > 60
    white = masks[..., 0] > 0
    # Its ledge is gone, too.
    assert changed[white].mean() > 0.9
    assert changed[~white].mean() < 0.01


def test_masks_are_black_before_and_after():
    found = scene(5, seconds=4.0)
    _, masks = render_scene(found, 4.0, 16, 32)
    times = np.arange(64) / 16 - found.heard.start
    shown = found.heard.is_there(times)
    assert 0 < shown.sum() < 64
    np.testing.assert_array_equal(masks.any(axis=(1, 2, 3)), shown)


def test_the_same_clip_is_the_same_scene():
    assert scene(3) == scene(3) != scene(2)
