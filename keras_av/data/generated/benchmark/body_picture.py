"""The picture of a hopping body."""

import numpy as np

from keras_av.data.generated.benchmark.body import Body
from keras_av.data.generated.canvas import Canvas
from keras_av.data.generated.picture import Look, color, texture
from keras_av.ops.types import Array

_THICKNESS = 0.11


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
    look = draw_dark_look(generator, size)
    times = np.arange(round(seconds * fps)) / fps - body.start
    heights = body.heights(times)
    images = np.stack(
        [
            draw_body(body, look, height) if shown else look.background
            for height, shown in zip(heights, body.is_there(times))
        ]
    )
    noise = generator.standard_normal(images.shape, np.float32)
    images += look.camera_noise * noise
    return np.clip(255 * images + 0.5, 0, 255).astype(np.uint8)


def draw_dark_look(generator: np.random.Generator, size: int) -> Look:
    """Draw what is only seen: a bright body of any color in a dark place."""
    hue = generator.random()
    floor = generator.uniform(0.84, 0.9)
    wall = color(generator.random(), 0.4, generator.uniform(0.15, 0.35))
    background = wall + texture(generator, size)[..., None]
    down = np.linspace(0, 1, size)[:, None, None]
    background = np.where(down > floor, 0.6 * background, background)
    return Look(
        body=color(hue, generator.uniform(0.3, 0.7), 1.0),
        second=color(
            hue + generator.uniform(-0.1, 0.1),
            generator.uniform(0.2, 0.5),
            generator.uniform(0.75, 0.95),
        ),
        background=np.clip(background, 0, 1),
        x=generator.uniform(0.4, 0.6),
        floor=floor,
        camera_noise=generator.uniform(0.0, 0.025),
    )


def draw_body(
    body: Body, look: Look, height: float, thickness: float = _THICKNESS
) -> Array:
    """One image of a body at a height, float, with a bar of a thickness."""
    canvas = Canvas(look.background.copy())
    y = look.floor - body.radius - height
    canvas.shadow(
        look.x, look.floor + 0.015, body.radius, 0.02, 0.5 - 0.6 * height
    )
    dx = body.length * np.cos(body.tilt)
    dy = body.length * np.sin(body.tilt)
    start, end = (look.x - dx, y - dy), (look.x + dx, y + dy)
    canvas.rod(start, end, thickness, look.second)
    canvas.sphere(look.x, y, body.radius, look.body)
    return canvas.image
