"""What happens in a long generated video, and when."""

import dataclasses

import numpy as np

from keras_av.data.generated.event import (
    CLASSES,
    SPLITS,
    Event,
    draw_event,
)
from keras_av.ops.types import Array

MIN_SECONDS = 25.0
_NUM_EVENTS = (2, 3)
_NUM_DISTRACTORS = (2, 4)
_LENGTHS = (2.0, 3.0)
# Apart from the events of short clips, and of those of other long videos.
_FIRST_NUMBER = 100_000


@dataclasses.dataclass(frozen=True)
class Stretch:
    """A part of a video in which it is not empty.

    Args:
        kind: `"event"`; `"body"`, which lies still and makes no sound; or
            `"noise"`, of which nothing is seen.
        start: Start in seconds.
        seconds: Length.
        event: What happens, or whose body it is; for noise only its seed
            matters.
    """

    kind: str
    start: float
    seconds: float
    event: Event


def draw_script(
    kind: str, split: str, number: int, seconds: float, seed: int
) -> list[Stretch]:
    """Draw the stretches of one video, in temporal order.

    Two or three of them, of two to three seconds each, are events of the
    video's class; two to four are distractors. All have the same camera and
    place.

    Args:
        kind: The class, one of `CLASSES`.
        split: One of `SPLITS`; their events come from different cells.
        number: Number of the video in its class and split.
        seconds: Length of the video.
        seed: Seed of the whole set.
    """
    sequence = np.random.SeedSequence(
        [seed, SPLITS.index(split), CLASSES.index(kind), number, 1]
    )
    generator = np.random.default_rng(sequence)
    num_events = int(generator.integers(*_NUM_EVENTS, endpoint=True))
    num_distractors = int(generator.integers(*_NUM_DISTRACTORS, endpoint=True))
    kinds = ["event"] * num_events
    kinds += generator.choice(["body", "noise"], num_distractors).tolist()
    generator.shuffle(kinds)
    lengths = generator.uniform(*_LENGTHS, len(kinds)).round(2)
    starts = _starts(generator, lengths, seconds)
    first = _FIRST_NUMBER + 10 * number
    look = draw_event(kind, split, first, seed).seed
    stretches = []
    for place, name in enumerate(kinds):
        # Anything may lie there: what it is says nothing of the class.
        shown = kind if name == "event" else str(generator.choice(CLASSES))
        event = draw_event(shown, split, first + place, seed)
        event = dataclasses.replace(event, seed=look)
        stretches.append(
            Stretch(name, float(starts[place]), float(lengths[place]), event)
        )
    return stretches


def _starts(
    generator: np.random.Generator, lengths: Array, seconds: float
) -> Array:
    """Share what is left of the time at random among the gaps."""
    room = seconds - lengths.sum()
    gaps = np.sort(generator.uniform(0, room, len(lengths)))
    return (gaps + np.cumsum(lengths) - lengths).round(2)
