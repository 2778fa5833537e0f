"""Which clip of which file stands at each position of an epoch."""

import dataclasses

import tensorflow as tf

from keras_av.data.clip.clip_window import (
    ClipChoice,
    even_choice,
    random_choice,
)
from keras_av.ops.types import Tensor


class FileOrder:
    """All clips of the first file, then those of the second, and so on.

    Args:
        num_files: Files of the manifest.
        repeats: Clips of each.
    """

    def __init__(self, num_files: int, repeats: int) -> None:
        self._repeats = repeats
        self.num_clips = num_files * repeats

    def index(self, epoch: Tensor, position: Tensor) -> Tensor:
        """Row of the file at a position, in a graph."""
        return position // self._repeats

    def choice(self, epoch: int, position: int) -> ClipChoice:
        """Which clip of its file stands at a position."""
        return even_choice(position % self._repeats, self._repeats)


class TrainingOrder:
    """`repeats` rounds of all files, each in a random order of its own.

    Rounds keep the clips of one file apart: hardly ever are two of them in
    one batch. The orders take no memory.

    Args:
        num_files: Files of the manifest.
        repeats: Clips of each.
        seed: Seed of all randomness.
    """

    def __init__(self, num_files: int, repeats: int, seed: int) -> None:
        self._num_files = num_files
        self._repeats = repeats
        self._seed = seed
        self.num_clips = num_files * repeats

    def index(self, epoch: Tensor, position: Tensor) -> Tensor:
        """Row of the file at a position, in a graph."""
        a_round = epoch * self._repeats + position // self._num_files
        return tf.random.experimental.index_shuffle(
            position % self._num_files,
            tf.stack([tf.constant(self._seed, tf.int64), a_round]),
            tf.constant(self._num_files - 1, tf.int64),
        )

    def choice(self, epoch: int, position: int) -> ClipChoice:
        """Which clip of its file stands at a position."""
        return random_choice(self._seed, epoch, position)


@dataclasses.dataclass(frozen=True)
class Share:
    """The positions of an epoch that one of several pipelines reads.

    They take turns, so that together they read what one would: after each
    step the next positions, none twice.

    Args:
        num_clips: Number of clips of the epoch.
        number: Number of the pipeline. Defaults to 0.
        total: Number of pipelines. Defaults to 1.
        even: Whether all read equally many, and what is left at the end is
            left out. Defaults to False.
    """

    num_clips: int
    number: int = 0
    total: int = 1
    even: bool = False

    def __len__(self) -> int:
        return len(self.numbers())

    def numbers(self) -> range:
        """These positions."""
        end = self.num_clips
        if self.even:
            end -= self.num_clips % self.total
        return range(self.number, end, self.total)

    def positions(self, start: Tensor) -> tf.data.Dataset:
        """These positions, from one of the whole epoch on."""
        first = start + (self.number - start) % self.total
        return tf.data.Dataset.range(first, self.numbers().stop, self.total)
