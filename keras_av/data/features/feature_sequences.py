"""A tf.data pipeline of feature sequences of whole videos."""

import functools
import os
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from keras_av.data.clip.clip_gate import Policies
from keras_av.data.clip.clip_order import FileOrder, TrainingOrder
from keras_av.data.clip.clip_report import ClipReport
from keras_av.data.clip.media_error import MediaError
from keras_av.data.features.feature_file import feature_path, read_feature_file
from keras_av.data.features.sequence_batch import batch_sequences
from keras_av.data.plumbing.epochs import Epochs
from keras_av.data.plumbing.in_graph import from_generator
from keras_av.data.plumbing.pipeline import (
    check_at_least,
    hide_gpus,
    num_cpus,
    pipeline_options,
)
from keras_av.data.plumbing.read_ahead import read_ahead
from keras_av.data.table.file_table import FileTable
from keras_av.ops.types import Array, Tensor

_PREFETCHED_BATCHES = 2
_FILES_AHEAD = 1


def feature_sequences(
    folder: str | os.PathLike[str],
    manifest: FileTable,
    batch_size: int,
    training: bool = False,
    seed: int = 0,
    names: Sequence[str] = ("image", "audio"),
    min_length: int = 10,
    length_range: tuple[int, int] | None = (200, 500),
    on_error: str = "skip",
) -> tf.data.Dataset:
    """Read batches of feature sequences written by `write_features`.

    Sequences are padded with zeros to the longest one of their batch; `mask`
    is False for padding. The last clip of a video shorter than `min_length` is
    repeated up to that length, and the repetitions count as clips.

    In training, each epoch reads the videos in another random order and drops
    an incomplete last batch. Each batch draws a maximum length from
    `length_range`, and a random window of that length is taken from each longer
    video, the same for all arrays. All of this depends only on `seed`, the
    epoch and the position. In evaluation, whole videos are read in the order of
    the manifest.

    The dataset has additional attributes: `manifest`, the given manifest;
    `report`, a `ClipReport` that counts videos; and `set_epoch(epoch)`, which
    sets the epoch of the next iterator; later iterators continue with the
    following epochs.

    References:
        - [Gao et al., 2020](https://arxiv.org/abs/1912.04487), for the windows
          and the padding

    Args:
        folder: Folder of the files `000000.npz`, one per row.
        manifest: Manifest of the videos.
        batch_size: Number of videos in a batch.
        training: Whether order and windows are random. Defaults to False.
        seed: Non-negative integer seed. Defaults to 0.
        names: Names of the arrays to read from each file. Defaults to
            `("image", "audio")`.
        min_length: Minimum number of clips of a video. Defaults to 10.
        length_range: Minimum and maximum length of windows in training, in
            clips, or `None` for whole videos. Defaults to `(200, 500)`.
        on_error: Policy for a video whose file is missing or cannot be read,
            `"skip"` or `"raise"`. Defaults to `"skip"`.

    Returns:
        A `tf.data.Dataset` of dicts with, for each name,
        `NAME_features` (batch, length, dim) float32; `mask` and `has_audio`
        (batch, length) bool; `label` and `index` (batch,) int32.

    Raises:
        ValueError: If an argument is out of range, no file can be read, or
            there are fewer videos than one training batch.

    Examples:

    >>> import os, tempfile
    >>> import numpy as np
    >>> from keras_av.data import Manifest, feature_sequences
    >>> folder = tempfile.mkdtemp()
    >>> for row, length in enumerate([12, 3]):
    ...     np.savez(os.path.join(folder, f"{row:06d}.npz"),
    ...              image=np.ones((length, 4), "float32"),
    ...              has_audio=np.ones(length, bool))
    >>> manifest = Manifest("videos", path=["a.mp4", "b.mp4"])
    >>> dataset = feature_sequences(
    ...     folder, manifest, batch_size=2, names=("image",), min_length=5
    ... )
    >>> batch = next(iter(dataset))
    >>> tuple(batch["image_features"].shape)
    (2, 12, 4)
    >>> batch["mask"].numpy().sum(axis=1).tolist()
    [12, 5]
    """
    Policies(on_error)
    _check(batch_size, seed, names, min_length, length_range)
    if training and len(manifest) < batch_size:
        raise ValueError(
            "An epoch has fewer videos than one batch. Received: "
            f"{len(manifest)} videos, batch_size={batch_size}"
        )
    hide_gpus()
    report, epochs = ClipReport(), Epochs()
    reader = _Reader(
        os.fspath(folder), manifest, tuple(names), report, on_error
    )
    batches = _Batches(
        reader, batch_size, training, seed, min_length, length_range
    )
    signature = _signature(reader.dims())

    def read_epoch(
        run: Tensor, epoch: Tensor, start: Tensor
    ) -> tf.data.Dataset:
        return from_generator(
            batches.epoch, args=[epoch], output_signature=signature
        )

    dataset = epochs.dataset().flat_map(read_epoch)
    dataset = dataset.prefetch(_PREFETCHED_BATCHES)
    dataset = dataset.with_options(pipeline_options(num_cpus()))
    rounding = 0 if training else batch_size - 1
    num_batches = (len(manifest) + rounding) // batch_size
    # For Keras's progress bar. With skipped videos there are fewer.
    dataset.cardinality = lambda: tf.constant(num_batches, tf.int64)
    dataset.manifest = manifest
    dataset.report = report
    # These epochs are read as a whole, without resuming at a position.
    dataset.set_epoch = lambda epoch: epochs.set_epoch(epoch)
    return dataset


def _check(
    batch_size: int,
    seed: int,
    names: Sequence[str],
    min_length: int,
    length_range: tuple[int, int] | None,
) -> None:
    check_at_least("batch_size", batch_size, 1)
    check_at_least("seed", seed, 0)
    check_at_least("min_length", min_length, 1)
    if isinstance(names, str) or not names:
        raise ValueError(
            f"names must be a tuple of array names. Received: names={names!r}"
        )
    if length_range is None:
        return
    if len(length_range) != 2 or not 1 <= length_range[0] <= length_range[1]:
        raise ValueError(
            "length_range must be (shortest, longest), at least 1 and in this "
            f"order, or None. Received: length_range={length_range}"
        )


def _signature(dims: dict[str, int]) -> dict[str, tf.TensorSpec]:
    signature = {
        f"{name}_features": tf.TensorSpec((None, None, dim), tf.float32)
        for name, dim in dims.items()
    }
    for name in ("mask", "has_audio"):
        signature[name] = tf.TensorSpec((None, None), tf.bool)
    for name in ("label", "index"):
        signature[name] = tf.TensorSpec((None,), tf.int32)
    return signature


class _Reader:
    """Reads the files of a manifest's rows."""

    def __init__(
        self,
        folder: str,
        manifest: FileTable,
        names: tuple[str, ...],
        report: ClipReport,
        on_error: str,
    ) -> None:
        self.manifest = manifest
        self._folder = folder
        self._names = names
        self._report = report
        self._on_error = on_error
        self._dims: dict[str, int] = {}

    def dims(self) -> dict[str, int]:
        """Size of each feature, from the first file that can be read."""
        fault = MediaError("missing", "there is no file")
        for row in range(len(self.manifest)):
            try:
                video = self._load(row)
            except MediaError as error:
                fault = fault if fault.reason != "missing" else error
                continue
            self._dims = {name: video[name].shape[1] for name in self._names}
            return self._dims
        raise ValueError(
            f"No file of {len(self.manifest)} in {self._folder!r} could be "
            f"read. {fault}. Write them with "
            "`keras_av.evaluation.write_features`."
        )

    def videos(self, row: int) -> Generator[dict[str, Any], None, None]:
        """The arrays of one row; nothing if it is skipped."""
        path = os.path.basename(feature_path(self._folder, row))
        try:
            video = self._load(row)
        except MediaError as error:
            self._report.add_skipped(path, error.reason, error.message)
            if self._on_error == "raise":
                raise MediaError(error.reason, f"{path}: {error}") from error
            return
        self._report.add_delivered(path)
        yield {"index": row, "arrays": video}

    def _load(self, row: int) -> dict[str, Array]:
        video = read_feature_file(feature_path(self._folder, row), self._names)
        for name, dim in self._dims.items():
            if video[name].shape[1] != dim:
                raise MediaError(
                    "corrupt",
                    f"{name!r} has size {video[name].shape[1]}, but {dim} in "
                    "other files",
                )
        return video


class _Batches:
    """Collects the videos of an epoch into batches."""

    def __init__(
        self,
        reader: _Reader,
        batch_size: int,
        training: bool,
        seed: int,
        min_length: int,
        length_range: tuple[int, int] | None,
    ) -> None:
        self._reader = reader
        self._batch_size = batch_size
        self._training = training
        self._seed = seed
        self._min_length = min_length
        self._length_range = length_range if training else None
        count = len(reader.manifest)
        self._order: FileOrder | TrainingOrder = FileOrder(count, 1)
        if training:
            self._order = TrainingOrder(count, 1, seed)

    def epoch(self, epoch: Array) -> Iterator[dict[str, Array]]:
        """The batches of an epoch."""
        positions = tf.range(len(self._reader.manifest), dtype=tf.int64)
        rows = [
            int(self._order.index(tf.cast(epoch, tf.int64), position))
            for position in positions
        ]
        streams: list[Callable[..., Any]] = [
            functools.partial(self._reader.videos, row) for row in rows
        ]
        held: list[dict[str, Any]] = []
        number = 0
        for video in read_ahead(streams, num_cpus() + 1, _FILES_AHEAD):
            held.append(video)
            if len(held) == self._batch_size:
                yield self._batch(held, int(epoch), number)
                held, number = [], number + 1
        if not self._training and held:
            yield self._batch(held, int(epoch), number)
        elif not number:
            raise RuntimeError(
                f"Fewer than {self._batch_size} videos could be read."
            )

    def _batch(
        self, videos: list[dict[str, Any]], epoch: int, number: int
    ) -> dict[str, Array]:
        arrays = [video["arrays"] for video in videos]
        if self._length_range is not None:
            generator = np.random.default_rng([self._seed, epoch, number])
            arrays = self._windows(arrays, self._length_range, generator)
        batch = batch_sequences(arrays, self._min_length)
        index = np.array([video["index"] for video in videos], np.int32)
        named = {
            f"{name}_features": batch[name].astype(np.float32)
            for name in batch
            if name not in ("mask", "has_audio")
        }
        return {
            **named,
            "mask": batch["mask"],
            "has_audio": batch["has_audio"],
            "label": self._reader.manifest.label[index].astype(np.int32),
            "index": index,
        }

    def _windows(
        self,
        videos: list[dict[str, Array]],
        length_range: tuple[int, int],
        generator: np.random.Generator,
    ) -> list[dict[str, Array]]:
        longest = int(generator.integers(*length_range, endpoint=True))
        windows = []
        for video in videos:
            room = max(len(video["has_audio"]) - longest, 0)
            start = int(generator.integers(room, endpoint=True))
            window = slice(start, start + longest)
            windows.append({name: a[window] for name, a in video.items()})
        return windows
