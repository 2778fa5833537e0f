"""A body that is heard among bodies that are only seen."""

import dataclasses

import numpy as np

from keras_av.data.generated.benchmark.body import Body, draw_body
from keras_av.data.generated.benchmark.body_picture import (
    draw_body as draw_image,
)
from keras_av.data.generated.benchmark.body_picture import draw_dark_look
from keras_av.data.generated.benchmark.task import ClipId, GeneratedTask
from keras_av.data.generated.canvas import Canvas
from keras_av.data.generated.picture import Look, color
from keras_av.ops.types import Array

# Beyond the numbers of the clips of any split.
_FIRST_SILENT = 1_000_000
# Bars and hops of the benchmark's bodies fill the frame; here several have to
# fit.
_LENGTH, _HEIGHT, _THICKNESS = 0.4, 0.3, 0.09
# Least distances of bodies from one another and from the center of the frame.
_APART, _OFF_CENTER = 0.36, 0.25
# Where the middle of a body may be: columns, and rows.
_COLUMNS, _ROWS = (0.22, 0.78), (0.27, 0.75)
_LEDGE_WIDTH, _LEDGE_HEIGHT = 0.11, 0.03
# A white body on black is brighter, even where light does not reach it.
_IN_MASK = 0.2


@dataclasses.dataclass(frozen=True)
class Scene:
    """Bodies in one place, of which the first is heard.

    Args:
        bodies: The bodies.
        x: Place of each, as a share of the width.
        floors: Height of the ledge of each, as a share from the top.
    """

    bodies: tuple[Body, ...]
    x: tuple[float, ...]
    floors: tuple[float, ...]

    @property
    def heard(self) -> Body:
        """The body whose strikes are heard."""
        return self.bodies[0]


def draw_scene(
    task: GeneratedTask, clip: ClipId, seconds: float, num_silent: int
) -> Scene:
    """Draw the bodies of a clip, and where they are.

    All come from one distribution, hop in rhythms of their own and are there at
    the same time: of a picture without sound, each may be the one that is
    heard. None is in the middle of the frame.

    Args:
        task: The task.
        clip: Which clip.
        seconds: Length of the video.
        num_silent: Number of bodies that are not heard.
    """
    heard = draw_body(task, clip, seconds)
    generator = np.random.default_rng([*clip.entropy(task.seed), 5])
    bodies = [heard]
    for number in range(num_silent):
        label = int(generator.integers(task.num_classes))
        silent = _FIRST_SILENT + num_silent * clip.number + number
        other = draw_body(task, ClipId(label, clip.split, silent), seconds)
        bodies.append(dataclasses.replace(other, start=heard.start))
    bodies = [_smaller(body) for body in bodies]
    x, y = _places(generator, len(bodies)).T.tolist()
    # Half-way up its hops, the middle of a body is there.
    floors = [
        row + body.radius + body.height / 2 for row, body in zip(y, bodies)
    ]
    return Scene(tuple(bodies), tuple(x), tuple(floors))


def _smaller(body: Body) -> Body:
    return dataclasses.replace(
        body,
        length=_LENGTH * body.length,
        height=_HEIGHT * body.height,
    )


def _places(generator: np.random.Generator, count: int) -> Array:
    """Places in the frame that are apart, `(count, 2)`: x, y."""
    low, high = zip(_COLUMNS, _ROWS)
    while True:
        places = generator.uniform(low, high, (count, 2))
        gaps = np.hypot(*(places[:, None] - places).T)
        np.fill_diagonal(gaps, np.inf)
        off = np.hypot(*(places - 0.5).T)
        if gaps.min() >= _APART and off.min() >= _OFF_CENTER:
            return places


def render_scene(
    scene: Scene, seconds: float, fps: int, size: int
) -> tuple[Array, Array]:
    """The frames of a scene, and where the body is that is heard.

    Args:
        scene: Scene to render.
        seconds: Length.
        fps: Frames a second.
        size: Height and width in pixels.

    Returns:
        Frames, and masks, white on black, both `(frames, size, size, 3)`,
        uint8.
    """
    # Not the generator of the sound: what is only seen is independent.
    generator = np.random.default_rng([*scene.heard.entropy, 2])
    looks = _looks(scene, generator, size)
    times = np.arange(round(seconds * fps)) / fps - scene.heard.start
    heights = [body.heights(times) for body in scene.bodies]
    images = np.empty((len(times), size, size, 3))
    masks = np.zeros((len(times), size, size, 3), np.uint8)
    for number, shown in enumerate(scene.heard.is_there(times)):
        images[number] = looks[0].background
        if shown:
            now = [float(height[number]) for height in heights]
            images[number] = _draw(scene, looks, now)
            masks[number] = _mask(scene, looks, now[0])
    noise = generator.standard_normal(images.shape, np.float32)
    images += looks[0].camera_noise * noise
    return np.clip(255 * images + 0.5, 0, 255).astype(np.uint8), masks


def _looks(
    scene: Scene, generator: np.random.Generator, size: int
) -> list[Look]:
    """The look of each body: those of one room, on ledges of one color."""
    ledge = color(generator.random(), 0.3, generator.uniform(0.4, 0.6))
    looks = [draw_dark_look(generator, size) for _ in scene.bodies]
    canvas = Canvas(looks[0].background)
    for x, floor in zip(scene.x, scene.floors):
        canvas.rectangle(
            x - _LEDGE_WIDTH,
            floor,
            x + _LEDGE_WIDTH,
            floor + _LEDGE_HEIGHT,
            ledge,
        )
    return [
        dataclasses.replace(
            look,
            background=canvas.image,
            camera_noise=looks[0].camera_noise,
            x=x,
            floor=floor,
        )
        for look, x, floor in zip(looks, scene.x, scene.floors)
    ]


def _draw(scene: Scene, looks: list[Look], heights: list[float]) -> Array:
    image = looks[0].background
    for body, look, height in zip(scene.bodies, looks, heights):
        look = dataclasses.replace(look, background=image)
        image = draw_image(body, look, height, _THICKNESS)
    return image


def _mask(scene: Scene, looks: list[Look], height: float) -> Array:
    """The first body alone, white on black."""
    white, black = np.ones(3), np.zeros_like(looks[0].background)
    look = dataclasses.replace(
        looks[0], background=black, body=white, second=white
    )
    image = draw_image(scene.heard, look, height, _THICKNESS)
    covered = image.max(axis=-1, keepdims=True) > _IN_MASK
    return np.where(covered, 255, np.zeros(3)).astype(np.uint8)
