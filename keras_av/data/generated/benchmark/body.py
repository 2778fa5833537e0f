"""A hopping body: what its seven numbers mean, and how it moves."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from keras_av.data.generated.benchmark.task import (
    NUMBERS,
    ClipId,
    GeneratedTask,
)
from keras_av.ops.types import Array

# How long a body is there.
BODY_SECONDS = 2.0


@dataclasses.dataclass(frozen=True)
class Body:
    """The body of one clip, in physical units.

    Args:
        length: Half the length of its bar, as a share of the frame.
        tilt: Angle of the bar to the horizontal, in radians.
        period: Seconds of two hops, a long one and a short one.
        swing: Share of the long one.
        frequency: Lowest frequency of a strike, in Hz.
        decay: Seconds until a strike has faded to 1/e.
        brightness: Strength of each overtone, relative to the one below it.
        radius: Radius of the body, as a share of the frame.
        height: Height of the hops, as a share of the frame.
        phase: Where in its period it begins, 0 to 1.
        entropy: Seeds what is only seen or only heard.
        start: Time at which it appears, in seconds. Defaults to 0.
    """

    length: float
    tilt: float
    period: float
    swing: float
    frequency: float
    decay: float
    brightness: float
    radius: float
    height: float
    phase: float
    entropy: tuple[int, ...]
    start: float = 0.0

    def strikes(self, seconds: float) -> Array:
        """Times at which it strikes the floor, ascending, in seconds."""
        bars = np.arange(-1, int(np.ceil(seconds / self.period)) + 1)
        starts = (bars + self.phase) * self.period
        times = np.sort([*starts, *(starts + self.swing * self.period)])
        return times[(times >= 0) & (times < seconds)]

    def is_there(self, times: Array) -> Array:
        """Whether it is there at some times since it appeared."""
        return (times >= 0) & (times < BODY_SECONDS)

    def heights(self, times: Array) -> Array:
        """Height above the floor at some times, 0 to `height`.

        All hops are equally high, however long they last, so that a single
        frame says nothing about the rhythm.
        """
        place = np.mod(times / self.period - self.phase, 1.0)
        long = place < self.swing
        way = np.where(
            long, place / self.swing, (place - self.swing) / (1 - self.swing)
        )
        return 4 * self.height * way * (1 - way)


def draw_body(
    task: GeneratedTask, clip: ClipId, seconds: float = BODY_SECONDS
) -> Body:
    """The body of a clip.

    Args:
        task: The task.
        clip: Which clip.
        seconds: Length of the video, anywhere in which the body appears.
            Defaults to `BODY_SECONDS`.
    """
    return make_body(task.numbers(clip), clip.entropy(task.seed), seconds)


def make_body(
    numbers: Array, entropy: Sequence[int], seconds: float = BODY_SECONDS
) -> Body:
    """The body of seven numbers.

    Args:
        numbers: The numbers, in the order of `NUMBERS`, `(7,)`.
        entropy: Seeds all else.
        seconds: Length of the video, anywhere in which the body appears.
            Defaults to `BODY_SECONDS`.
    """
    value = dict(zip(NUMBERS, numbers.tolist()))
    generator = np.random.default_rng([*entropy, 1])
    side = generator.choice([-1, 1])
    return Body(
        length=0.18 * 2.4 ** value["length"],
        # Clips are mirrored in training: which side is up must say nothing.
        tilt=side * np.radians(15 + 60 * value["tilt"]),
        period=0.45 * 2 ** value["tempo"],
        swing=0.54 + 0.22 * value["swing"],
        frequency=250 * 4 ** value["pitch"],
        decay=0.02 * 8 ** value["decay"],
        brightness=float(np.clip(0.3 + 0.6 * value["brightness"], 0.05, 1)),
        radius=generator.uniform(0.07, 0.11),
        height=generator.uniform(0.25, 0.45),
        phase=generator.random(),
        entropy=tuple(entropy),
        start=(seconds - BODY_SECONDS) * generator.random(),
    )
