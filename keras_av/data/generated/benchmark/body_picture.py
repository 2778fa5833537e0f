"""The picture of a hopping body."""

import numpy as np

from keras_av.data.generated.benchmark.body import Body
from keras_av.data.generated.canvas import Canvas
from keras_av.data.generated.picture import Look, draw_look
from keras_av.ops.types import Array

_THICKNESS = 0.07


def render_body(body: Body, seconds: float, fps: int, size: int) -> Array:
    """The frames of a body.

    Args:
        body: Body to render.
        seconds: Length.
        fps: Frames a second.
        size: Height and width in pixels.

    Returns:
        Frames, `(frames, size, size, 3)`, uint8.
    """
    # Not the generator of the sound: what is only seen is independent.
    generator = np.random.default_rng([*body.entropy, 2])
    look = draw_look(generator, size)
    times = np.arange(round(seconds * fps)) / fps
    images = np.stack(
        [draw_body(body, look, height) for height in body.heights(times)]
    )
    noise = generator.standard_normal(images.shape, np.float32)
    images += look.camera_noise * noise
    return np.clip(255 * images + 0.5, 0, 255).astype(np.uint8)


def draw_body(body: Body, look: Look, height: float) -> Array:
    """One image of a body at a height, float."""
    canvas = Canvas(look.background.copy())
    y = look.floor - body.radius - height
    canvas.shadow(
        look.x, look.floor + 0.015, body.radius, 0.02, 0.5 - 0.6 * height
    )
    dx = body.length * np.cos(body.tilt)
    dy = body.length * np.sin(body.tilt)
    start, end = (look.x - dx, y - dy), (look.x + dx, y + dy)
    canvas.rod(start, end, _THICKNESS, look.second)
    canvas.sphere(look.x, y, body.radius, look.body)
    return canvas.image
