import dataclasses

import numpy as np
import pytest

from keras_av.data import GeneratedTask
from keras_av.data.generated.benchmark.body import draw_body
from keras_av.data.generated.benchmark.body_picture import (
    draw_body as draw_image,
)
from keras_av.data.generated.benchmark.body_picture import (
    draw_dark_look,
    render_body,
)
from keras_av.data.generated.benchmark.task import ClipId

BODY = draw_body(GeneratedTask(), ClipId(0, "train", 0))
LOOK = draw_dark_look(np.random.default_rng(0), 64)


def bright(body, height=0.1):
    """Rows and columns of the body's pixels, as shares of the frame."""
    image = draw_image(body, LOOK, height)
    changed = abs(image - LOOK.background).max(axis=-1) > 0.2
    return (np.argwhere(changed) + 0.5) / 64


def test_follows_the_height():
    for height in (0.05, 0.2, 0.4):
        rows, columns = bright(BODY, height).mean(axis=0)
        assert rows == pytest.approx(
            LOOK.floor - BODY.radius - height, abs=0.03
        )
        assert columns == pytest.approx(LOOK.x, abs=0.03)


@pytest.mark.parametrize("degrees", [15, 45, 75])
def test_shows_the_tilt_and_the_length(degrees):
    angle = np.radians(degrees)
    spans = []
    for length in (0.15, 0.3):
        body = dataclasses.replace(BODY, tilt=angle, length=length, radius=0.07)
        places = bright(body, 0.25)
        centred = places - places.mean(axis=0)
        values, axes = np.linalg.eigh(centred.T @ centred)
        rows, columns = axes[:, -1]
        found = np.degrees(np.arctan2(abs(rows), abs(columns)))
        spans.append(np.ptp(centred @ axes[:, -1]))
    assert found == pytest.approx(degrees, abs=4)
    assert spans[1] - spans[0] == pytest.approx(2 * 0.15, abs=0.04)


def test_frames_follow_from_the_body_alone():
    frames = render_body(BODY, 1.0, 16, 40)
    assert frames.shape == (16, 40, 40, 3) and frames.dtype == np.uint8
    assert (render_body(BODY, 1.0, 16, 40) == frames).all()
    # What is only heard is not seen.
    other = dataclasses.replace(BODY, frequency=99.0, decay=0.5, brightness=1.0)
    assert (render_body(other, 1.0, 16, 40) == frames).all()
    still = np.abs(np.diff(frames.astype(int), axis=0)).mean(axis=(1, 2, 3))
    assert still.max() > 1


def test_the_place_is_empty_before_and_after():
    body = dataclasses.replace(BODY, start=1.5)
    frames = render_body(body, 5.0, 16, 40).astype(float)
    assert body.is_there(np.array([-0.1, 0.0, 1.9, 2.0])).tolist() == [
        False,
        True,
        True,
        False,
    ]
    # Of the same video, what differs from the empty place beyond its noise.
    bare = frames[-16:].mean(axis=0)
    seen = abs(frames - bare).max(axis=(1, 2, 3)) > 60
    assert np.flatnonzero(seen).tolist() == list(range(24, 56))
