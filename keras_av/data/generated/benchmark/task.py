"""A classification task whose difficulty and ceilings are known."""

import dataclasses
import functools
from typing import NamedTuple

import numpy as np

from keras_av.data.generated.event import SPLITS
from keras_av.ops.types import Array

# What a clip is made of, and the part of it that each number shows in.
NUMBERS = {
    "length": "frame",
    "tilt": "frame",
    "tempo": "motion",
    "swing": "motion",
    "pitch": "sound",
    "decay": "sound",
    "brightness": "sound",
}
# What an observer knows: motion is both seen and heard.
_OBSERVERS = {
    "frame": ("frame",),
    "sight": ("frame", "motion"),
    "sound": ("motion", "sound"),
    "both": ("frame", "motion", "sound"),
}
_PARTS = ("frame", "motion", "sound")
_NUM_TRIES = 500
_MAX_SPREAD = 0.2
# Rows of a matrix of distances at once.
_BLOCK = 4096


class ClipId(NamedTuple):
    """Which clip of a task: they are numbered in each class and split."""

    label: int
    split: str
    number: int

    def entropy(self, seed: int) -> list[int]:
        """What its random numbers are seeded with."""
        return [seed, SPLITS.index(self.split), self.label, self.number]


@dataclasses.dataclass(frozen=True)
class GeneratedTask:
    """Classes of hopping bodies whose ceilings are known.

    A clip follows from seven numbers, each about 0 to 1: `length` and `tilt`
    of a bar, which a single frame shows; `tempo` and `swing` of its hops, which
    are seen over time and heard as a rhythm; `pitch`, `decay` and `brightness`
    of the strikes, which are only heard. A class c has a mean for each number,
    and the numbers of its clips are

        x = mean(c) + spread * n,    n ~ N(0, 1).

    So the best possible accuracy is that of the class with the nearest mean,
    over the numbers that an observer can know: the ceiling. Everything else in
    a clip (colors, place, size, height, background, camera; phase, echo, noise
    and gain) says nothing about its class.

    Args:
        num_classes: Number of classes, at least 2. Defaults to 32.
        frame: Distance between classes in what one frame shows, 0 to 1; at 0
            a frame says nothing. Defaults to 1.0.
        motion: Likewise in what is seen over time and heard. Defaults to 1.0.
        sound: Likewise in what is only heard. Defaults to 0.25.
        spread: Standard deviation of a number within its class, above 0 and
            up to 0.2. Defaults to 0.08.
        seed: Non-negative integer seed of the means and the clips. Defaults
            to 0.

    Raises:
        ValueError: If an argument is out of range.

    Examples:

    >>> from keras_av.data import GeneratedTask
    >>> silent = GeneratedTask(num_classes=4, motion=0.0, sound=0.0)
    >>> silent.ceilings()["sound"], silent.ceilings()["sight"] > 0.9
    (0.25, True)
    """

    num_classes: int = 32
    frame: float = 1.0
    motion: float = 1.0
    sound: float = 0.25
    spread: float = 0.08
    seed: int = 0

    def __post_init__(self) -> None:
        if self.num_classes < 2:
            raise ValueError(
                "num_classes must be at least 2. Received: "
                f"num_classes={self.num_classes}"
            )
        for part in _PARTS:
            if not 0 <= getattr(self, part) <= 1:
                raise ValueError(
                    f"{part} must be from 0 to 1. Received: "
                    f"{part}={getattr(self, part)}"
                )
        if not 0 < self.spread <= _MAX_SPREAD:
            raise ValueError(
                f"spread must be above 0 and up to {_MAX_SPREAD}: beyond, "
                "numbers leave their ranges. Received: "
                f"spread={self.spread}"
            )
        if self.seed < 0:
            raise ValueError(
                f"seed must not be negative. Received: seed={self.seed}"
            )

    @functools.cached_property
    def means(self) -> Array:
        """The means of the classes, `(num_classes, 7)`, float64."""
        generator = np.random.default_rng([self.seed, self.num_classes])
        tries = (self._places(generator) for _ in range(_NUM_TRIES))
        places = max(tries, key=_least_distance)
        scale = np.array([getattr(self, part) for part in NUMBERS.values()])
        return 0.5 + scale * (places - 0.5)

    def _places(self, generator: np.random.Generator) -> Array:
        """One class in each of `num_classes` strata of each number."""
        columns = [generator.permutation(self.num_classes) for _ in NUMBERS]
        strata = np.stack(columns, axis=1)
        return (strata + generator.random(strata.shape)) / self.num_classes

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes, in the order of their numbers."""
        width = len(str(self.num_classes - 1))
        return tuple(f"class_{c:0{width}d}" for c in range(self.num_classes))

    def coarse(
        self, labels: Array, num_coarse_classes: int
    ) -> tuple[Array, tuple[str, ...]]:
        """Labels by coarse classes, each of as many of the classes.

        The classes of a coarse one are as unlike as any others: who can tell
        all classes knows more than the coarse labels say.

        Args:
            labels: Labels of clips, `(clips,)`.
            num_coarse_classes: Number of coarse classes, which divides
                `num_classes`.

        Returns:
            Their coarse labels, `(clips,)`, and the names of the coarse
            classes.
        """
        if (
            not 1 < num_coarse_classes < self.num_classes
            or self.num_classes % num_coarse_classes
        ):
            raise ValueError(
                "num_coarse_classes must be above 1 and a divisor of "
                f"num_classes={self.num_classes}. Received: "
                f"num_coarse_classes={num_coarse_classes}"
            )
        names = tuple(f"coarse_{c}" for c in range(num_coarse_classes))
        return labels // (self.num_classes // num_coarse_classes), names

    def numbers(self, clip: ClipId) -> Array:
        """The numbers of a clip, `(7,)`, float64.

        Args:
            clip: Which clip.
        """
        generator = np.random.default_rng([*clip.entropy(self.seed), 0])
        noise = generator.standard_normal(len(NUMBERS))
        return self.means[clip.label] + self.spread * noise

    def ceilings(
        self, num_coarse_classes: int | None = None, num_clips: int = 100_000
    ) -> dict[str, float]:
        """The best possible accuracies, of observers who measure exactly.

        Args:
            num_coarse_classes: Number of coarse classes that are told apart;
                see `coarse`. Defaults to none, all classes are.
            num_clips: Number of drawn clips. Defaults to 100000, which leaves
                a standard error of at most 0.002.

        Returns:
            The accuracy of who knows the numbers that one `"frame"` shows,
            those of `"sight"`, of `"sound"`, and of `"both"`. One frame
            together with the sound shows as much as both.
        """
        generator = np.random.default_rng([self.seed, 2])
        labels = np.arange(num_clips) % self.num_classes
        noise = generator.standard_normal((num_clips, len(NUMBERS)))
        numbers = self.means[labels] + self.spread * noise
        if num_coarse_classes is not None:
            labels, _ = self.coarse(labels, num_coarse_classes)
        accuracies = {}
        for observer in _OBSERVERS:
            found = self.classify(numbers, observer, num_coarse_classes)
            accuracies[observer] = float((found == labels).mean())
        return accuracies

    def classify(
        self,
        numbers: Array,
        observer: str,
        num_coarse_classes: int | None = None,
    ) -> Array:
        """The most probable classes, `(clips,)`.

        Args:
            numbers: Numbers of the clips, `(clips, 7)`.
            observer: `"frame"`, `"sight"`, `"sound"` or `"both"`.
            num_coarse_classes: Number of coarse classes. Defaults to none.
        """
        known = [part in _OBSERVERS[observer] for part in NUMBERS.values()]
        means, numbers = self.means[:, known], numbers[:, known]
        groups = num_coarse_classes or self.num_classes

        def most_probable(rows: Array) -> Array:
            square = np.square(rows[:, None] - means).sum(axis=-1)
            log = -square / (2 * self.spread**2)
            # A coarse class is as probable as its classes together.
            log = log.reshape(len(rows), groups, -1)
            return np.logaddexp.reduce(log, axis=-1).argmax(axis=-1)

        blocks = range(_BLOCK, len(numbers), _BLOCK)
        return np.concatenate(
            [most_probable(rows) for rows in np.split(numbers, blocks)]
        )


def _least_distance(places: Array) -> float:
    """The least distance of two classes, in the part where it is least."""
    distances = []
    for part in _PARTS:
        known = [shown == part for shown in NUMBERS.values()]
        gaps = places[:, None, known] - places[:, known]
        square = np.square(gaps).sum(axis=-1)
        np.fill_diagonal(square, np.inf)
        distances.append(square.min())
    return min(distances)
