"""The picture of a generated clip."""

import colorsys
import dataclasses
from collections.abc import Iterator

import numpy as np

from keras_av.data.generated.canvas import Canvas
from keras_av.data.generated.event import Event
from keras_av.data.generated.motion import move, pulse_rate
from keras_av.ops.types import Array


@dataclasses.dataclass(frozen=True)
class Look:
    """What is only seen: the same event looks different in each clip.

    Args:
        body: Colour of what moves.
        second: Colour of what stands beside it.
        background: Empty image, `(size, size, 3)`, float in [0, 1].
        x: Place of the body, as a share of the width.
        floor: Height of the floor, as a share from the top.
        camera_noise: Deviation, as a share of white.
    """

    body: Array
    second: Array
    background: Array
    x: float
    floor: float
    camera_noise: float


def render_picture(event: Event, seconds: float, fps: int, size: int) -> Array:
    """The frames of an event.

    Args:
        event: Event to render.
        seconds: Length.
        fps: Frames a second.
        size: Height and width in pixels.

    Returns:
        Frames, `(frames, size, size, 3)`, uint8.
    """
    # Not the generator of the sound: what is only seen is independent.
    generator = np.random.default_rng([event.seed, 0])
    look = draw_look(generator, size)
    times = np.arange(round(seconds * fps)) / fps
    frames = np.empty((len(times), size, size, 3), np.uint8)
    for number, image in enumerate(draw_images(event, look, times)):
        noise = generator.standard_normal((size, size, 3), np.float32)
        image = image + look.camera_noise * noise
        frames[number] = np.clip(255 * image + 0.5, 0, 255)
    return frames


def draw_images(event: Event, look: Look, times: Array) -> Iterator[Array]:
    """What a camera without noise sees of an event, float in [0, 1]."""
    for time, position in zip(times, move(event, times).position):
        yield draw_image(event, look, float(position), float(time))


def draw_image(event: Event, look: Look, position: float, time: float) -> Array:
    """One image of a body at a position from 0 (at rest) to 1."""
    canvas = Canvas(look.background.copy())
    draw = _DRAWINGS.get(event.kind, _draw_fall)
    draw(canvas, event, look, position, time)
    return canvas.image


def draw_look(generator: np.random.Generator, size: int) -> Look:
    """Draw what is only seen."""
    hue = generator.random()
    # Half a turn of the colour wheel away, give or take: always to be seen.
    opposite = hue + generator.uniform(0.35, 0.65)
    brightness = generator.uniform(0.75, 1.0)
    floor = generator.uniform(0.84, 0.9)
    top = color(opposite, 0.3, generator.uniform(0.35, 0.55))
    bottom = color(opposite + 0.08, 0.35, generator.uniform(0.65, 0.85))
    down = np.linspace(0, 1, size)[:, None, None]
    background = top + (bottom - top) * down
    background = background + texture(generator, size)[..., None]
    ground = color(opposite + 0.05, 0.45, generator.uniform(0.25, 0.4))
    background = np.where(down > floor, ground * (1.2 - 0.3 * down), background)
    background = np.broadcast_to(background, (size, size, 3))
    return Look(
        body=brightness * color(hue, generator.uniform(0.6, 0.9), 1.0),
        second=brightness * color(hue + 0.1, 0.35, 0.6),
        background=np.clip(brightness * background, 0, 1),
        x=generator.uniform(0.3, 0.7),
        floor=floor,
        camera_noise=generator.uniform(0.0, 0.025),
    )


def color(hue: float, saturation: float, value: float) -> Array:
    """Red, green and blue of a color whose hue may be any number of turns."""
    return np.array(colorsys.hsv_to_rgb(hue % 1.0, saturation, value))


def texture(generator: np.random.Generator, size: int) -> Array:
    """Soft blotches: a few random numbers, enlarged smoothly."""
    coarse = generator.uniform(-0.06, 0.06, (6, 6))
    places = np.linspace(0, 5, size)
    rows = np.stack([np.interp(places, range(6), c) for c in coarse.T], axis=1)
    return np.stack([np.interp(places, range(6), r) for r in rows])


def _draw_fall(
    canvas: Canvas, event: Event, look: Look, height: float, time: float
) -> None:
    radius = event.radius
    top = radius + 0.04
    y = look.floor - radius - height * (look.floor - radius - top)
    strength = 0.55 * (1 - 0.6 * height)
    canvas.shadow(
        look.x + 0.15 * height * radius,
        look.floor + 0.015,
        radius * (0.9 + 0.5 * height),
        0.02,
        strength,
    )
    canvas.sphere(look.x, y, radius, look.body)


def _draw_hammer(
    canvas: Canvas, event: Event, look: Look, lift: float, time: float
) -> None:
    radius = event.radius
    reach = 0.42
    anvil = look.floor - 0.14
    # The pivot is as high as the head at rest: it strikes from above.
    pivot = (0.5 * look.x, anvil - radius)
    angle = lift * np.radians(25 + 45 * event.vigour)
    head = (
        pivot[0] + reach * np.cos(angle),
        pivot[1] - reach * np.sin(angle),
    )
    strike = pivot[0] + reach
    canvas.shadow(strike, look.floor + 0.015, 0.2, 0.025, 0.5)
    canvas.rectangle(
        strike - 0.13, anvil, strike + 0.13, look.floor, 0.8 * look.second
    )
    canvas.rod(pivot, head, 0.045, look.second)
    canvas.sphere(*pivot, 0.035, 0.6 * look.second)
    canvas.sphere(*head, radius, look.body)


def _draw_between_walls(
    canvas: Canvas, event: Event, look: Look, way: float, time: float
) -> None:
    radius = event.radius
    gap = 2 * radius + 0.3 + 0.3 * event.vigour
    # Wherever it stands, the whole of it is seen.
    room = 1 - gap - 0.12
    left = 0.06 + room * (look.x - 0.3) / 0.4
    right = left + gap
    for edge in (left - 0.06, right):
        canvas.rectangle(edge, 0.18, edge + 0.06, look.floor, look.second)
    x = left + radius + way * (gap - 2 * radius)
    y = look.floor - 0.32
    canvas.shadow(x, look.floor + 0.015, radius, 0.02, 0.35)
    canvas.sphere(x, y, radius, look.body)


def _draw_glide(
    canvas: Canvas, event: Event, look: Look, height: float, time: float
) -> None:
    radius = event.radius
    y = look.floor - radius - 0.02 - height * (look.floor - 2 * radius - 0.08)
    rail = 0.7 * look.second
    canvas.rod((look.x, 0.02), (look.x, look.floor), 0.025, rail)
    canvas.sphere(look.x, y, radius, look.body)
    wing = 1.6 * radius
    canvas.rod((look.x - wing, y), (look.x + wing, y), 0.035, look.second)


def _draw_pulse(
    canvas: Canvas, event: Event, look: Look, light: float, time: float
) -> None:
    radius = event.radius
    x, y = look.x, 0.5 * look.floor
    # One arm moves on to the next one's place with each pulse.
    turn = 2 * np.pi / 3 * (pulse_rate(event) * time - event.phase)
    length = radius * (1.3 + 0.9 * light)
    for arm in range(3):
        angle = turn + 2 * np.pi / 3 * arm
        end = (x + length * np.cos(angle), y + length * np.sin(angle))
        canvas.rod((x, y), end, 0.05, look.second * (0.6 + 0.6 * light))
    glow = look.body * (0.35 + 0.65 * light)
    canvas.sphere(x, y, radius * (0.75 + 0.25 * light), glow)


_DRAWINGS = {
    "glide": _draw_glide,
    "hammer_metal": _draw_hammer,
    "hammer_wood": _draw_hammer,
    "pulse": _draw_pulse,
    "wall_ball": _draw_between_walls,
}
