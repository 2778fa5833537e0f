import colorsys
import dataclasses

import numpy as np
import pytest

from keras_av.data.generated.event import CLASSES, draw_event
from keras_av.data.generated.motion import move
from keras_av.data.generated.picture import (
    Look,
    draw_image,
    draw_look,
    render_picture,
)


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


PLAIN = Look(
    body=np.full(3, 0.5),
    second=np.zeros(3),
    background=np.zeros((200, 200, 3)),
    x=0.5,
    floor=0.9,
    camera_noise=0.0,
)


def seen(kind, position, **colors):
    """What is bright of an event, without a background; and the event."""
    event = draw_event(kind, "train", 0, 0)
    look = dataclasses.replace(PLAIN, **colors)
    return draw_image(event, look, position, 0.0), event.radius


def extent(image, axis):
    """The first and the last row or column of what is seen, as shares."""
    places = np.nonzero((image.sum(axis=-1) > 0.2).any(axis=1 - axis))[0]
    return places[0] / 200, (places[-1] + 1) / 200


def test_a_glider_goes_from_the_floor_to_the_top():
    for height, bottom in (
        (0.0, 0.88),
        (0.5, 0.5 * (0.88 + 0.06)),
        (1.0, 0.06),
    ):
        image, radius = seen("glide", height)
        # At half the way it is the centre, at the top the upper edge.
        shift = {0.0: 2 * radius, 0.5: radius, 1.0: 0.0}[height]
        found = extent(image, axis=0)
        expected = (bottom - shift, bottom - shift + 2 * radius)
        np.testing.assert_allclose(found, expected, atol=0.011)


def test_a_pulse_is_larger_and_brighter_with_its_light():
    arms = {"body": np.zeros(3), "second": np.ones(3)}
    for light, reach, size, glow in ((0, 1.3, 0.75, 0.35), (1, 2.2, 1.0, 1.0)):
        image, radius = seen("pulse", light, **arms)
        rows, columns = np.nonzero(image.sum(axis=-1) > 0.2)
        far = np.hypot((columns + 0.5) / 200 - 0.5, (rows + 0.5) / 200 - 0.45)
        assert far.max() == pytest.approx(reach * radius + 0.025, abs=0.011)
        image, _ = seen("pulse", light)
        left, right = extent(image, axis=1)
        assert right - left == pytest.approx(2 * size * radius, abs=0.016)
        # Where the surface faces the camera, little of the light shines.
        middle = 0.5 * glow * (0.4 + 0.6 * 0.66)
        assert image[90, 100, 0] == pytest.approx(middle, abs=0.02)


@pytest.mark.parametrize("seed", range(20))
def test_body_and_background_differ_in_colour(seed):
    look = draw_look(np.random.default_rng(seed), 16)
    hues = [
        colorsys.rgb_to_hsv(*color)[0]
        for color in (look.body, look.background[0, 0])
    ]
    apart = abs(hues[0] - hues[1])
    assert min(apart, 1 - apart) > 0.34


def test_the_shadow_of_a_ball_is_paler_the_higher_it_is():
    event = draw_event("rubber_ball", "train", 0, 0)
    look = draw_look(np.random.default_rng(0), 96)
    row, column = round((look.floor + 0.015) * 96), round(look.x * 96)
    # Both are above the row: at rest it touches the floor.
    low, middle = (
        draw_image(event, look, height, 0.0)[row + 1, column].mean()
        / look.background[row + 1, column].mean()
        for height in (0.3, 0.9)
    )
    assert low < middle - 0.1 < 0.9
