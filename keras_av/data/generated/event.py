"""What happens in a generated clip: the class and its numbers."""

import dataclasses

import numpy as np

CLASSES = (
    "glide",
    "hammer_metal",
    "hammer_wood",
    "metal_ball",
    "pulse",
    "rubber_ball",
    "wall_ball",
    "wooden_ball",
)
SPLITS = ("train", "test")

# Cells of each number's range; the two splits take turns.
_NUM_CELLS = 32


@dataclasses.dataclass(frozen=True)
class Event:
    """The numbers that both the picture and the sound follow from.

    Args:
        kind: One of `CLASSES`.
        radius: Radius of the body, as a share of the frame's height, 0.06 to
            0.14. Larger bodies sound lower.
        vigour: 0 to 1: height of a fall, width of a swing, speed of a glide.
            More of it is louder.
        tempo: 0 to 1, slow to fast: the rhythm of what repeats.
        phase: 0 to 1: where in its period the event begins.
        bounce: 0 to 1: how much of its speed a ball keeps.
        seed: Seed of what is only seen or only heard: colours, place, noise.
    """

    kind: str
    radius: float
    vigour: float
    tempo: float
    phase: float
    bounce: float
    seed: int


def draw_event(kind: str, split: str, number: int, seed: int) -> Event:
    """Draw the event of one clip.

    The range of each number is cut into 32 cells. Training clips take the
    even ones and test clips the odd ones, so that no number of a test clip
    is the number of a training clip.

    Args:
        kind: One of `CLASSES`.
        split: One of `SPLITS`.
        number: Number of the clip in its class and split.
        seed: Seed of the whole set.
    """
    parity = SPLITS.index(split)
    sequence = np.random.SeedSequence(
        [seed, parity, CLASSES.index(kind), number]
    )
    generator = np.random.default_rng(sequence)
    cells = 2 * generator.integers(_NUM_CELLS // 2, size=5) + parity
    numbers = (cells + generator.random(5)) / _NUM_CELLS
    radius, vigour, tempo, phase, bounce = numbers.tolist()
    return Event(
        kind=kind,
        radius=0.06 + 0.08 * radius,
        vigour=vigour,
        tempo=tempo,
        phase=phase,
        bounce=bounce,
        seed=int(generator.integers(2**31)),
    )
