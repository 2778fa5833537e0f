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
        num_files: Number of files of the manifest.
        repeats: Number of clips per file.
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
    """`repeats` rounds of all files, each in another random order.

    Rounds keep the clips of one file apart, so a batch rarely contains two of
    them. The orders are computed without storing them.

    Args:
        num_files: Number of files of the manifest.
        repeats: Number of clips per file.
        seed: Integer seed.
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

    The pipelines take turns, so together they read each position once.

    Args:
        num_clips: Number of clips of the epoch.
        number: Number of the pipeline. Defaults to 0.
        total: Number of pipelines. Defaults to 1.
        even: Whether all pipelines read the same number, dropping the
            remainder. Defaults to False.
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
