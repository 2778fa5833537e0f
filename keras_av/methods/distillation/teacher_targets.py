"""Outputs of a teacher, computed once per clip."""

import os
import pathlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_av.methods.distillation.frozen_teacher import OUTPUTS, FrozenTeacher
from keras_av.ops.types import Array
from keras_av.ops.write_whole import write_whole

_ATTRIBUTES = ("manifest", "report", "set_epoch", "position", "cardinality")
_COLUMNS = ("teacher_descriptor", "teacher_logits")


class TeacherTargets:
    """Precomputed outputs of a teacher by clip index.

    They can only replace the teacher if a clip is the same each time it is
    read: use one clip per file, as in evaluation. A dataset of
    `clips(training=True)`, which reads random windows, crops and mirror
    images, raises an error. Augmentation inside the student, such as
    `ClipAugmentation`, is fine: the outputs are those of the original clip.

    Args:
        index: Distinct integers, `(num_clips,)`.
        columns: Arrays `(num_clips, ...)` by their names in a batch:
            `teacher_descriptor` and `teacher_logits` for
            `ListenToLook`, `teacher_image` or `teacher_audio` for
            `CompositionalContrastive`.

    Raises:
        ValueError: If an index is repeated, or the numbers of rows differ.

    Examples:

    >>> import numpy as np, tensorflow as tf
    >>> from keras_av.methods import TeacherTargets
    >>> targets = TeacherTargets([7, 3], {"teacher_audio": np.eye(2)})
    >>> batches = tf.data.Dataset.from_tensors({"index": [3, 7, 3]})
    >>> batch = next(iter(targets.attach(batches)))
    >>> batch["teacher_audio"].numpy().argmax(axis=1).tolist()
    [1, 0, 1]
    """

    def __init__(self, index: Any, columns: Mapping[str, Any]) -> None:
        index = np.asarray(index, np.int64)
        order = np.argsort(index, kind="stable")
        self.index = index[order]
        twice = self.index[1:][self.index[1:] == self.index[:-1]]
        if len(twice):
            raise ValueError(
                f"Expected every clip once. Received the indices "
                f"{sorted(set(twice.tolist()))[:10]} more than once: read one "
                "clip per file (repeats=1)."
            )
        rows = {name: len(values) for name, values in columns.items()}
        if {len(index)} != set(rows.values()) or not len(index):
            raise ValueError(
                "Expected at least one column, each with one row per index. "
                f"Received {len(index)} indices and {rows}."
            )
        self.columns = {
            name: np.asarray(values, np.float32)[order]
            for name, values in columns.items()
        }

    @classmethod
    def compute(
        cls,
        teacher: keras.Model,
        dataset: Iterable[Mapping[str, Any]],
        key: str = "video",
        columns: Sequence[str] = _COLUMNS,
    ) -> "TeacherTargets":
        """Run a teacher over a dataset.

        Args:
            teacher: `keras.Model` with the outputs `descriptor` and `logits`,
                or with the first only.
            dataset: Batches with the key and `index`, of clips that are the
                same in every epoch.
            key: Key of the teacher's input in a batch. Defaults to `"video"`.
            columns: Names of the descriptors and, if there is a second one,
                of the logits in a batch. Defaults to those that
                `ListenToLook` uses.
        """
        _refuse_random(dataset)
        names = dict(zip(OUTPUTS, columns))
        holder = FrozenTeacher(teacher, key, tuple(names))
        rows: dict[str, list[Array]] = {name: [] for name in names.values()}
        index = []
        for batch in dataset:
            index.append(np.asarray(batch["index"]))
            outputs = holder({key: keras.ops.convert_to_tensor(batch[key])})
            for name, values in outputs.items():
                values = keras.ops.convert_to_numpy(values)
                rows[names[name]].append(values)
        return cls(
            np.concatenate(index),
            {name: np.concatenate(values) for name, values in rows.items()},
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the targets atomically to a `.npz` file."""
        target = pathlib.Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        arrays: dict[str, Any] = {"index": self.index, **self.columns}
        with write_whole(target) as aside, open(aside, "wb") as file:
            np.savez(file, **arrays)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "TeacherTargets":
        """Read a file written by `save`."""
        with np.load(path, allow_pickle=False) as file:
            columns = dict(file)
        return cls(columns.pop("index"), columns)

    def attach(
        self, dataset: tf.data.Dataset, whole_videos: bool = False
    ) -> tf.data.Dataset:
        """Add the columns to every batch.

        Args:
            dataset: Batches with `index`, of the same clips.
            whole_videos: Whether a row describes a whole video, so that it is
                valid for every clip of it, random ones included. Defaults to
                False.

        Returns:
            A dataset with the same attributes. Iterating over a clip without
            targets raises an error that names its index.

        Raises:
            ValueError: If the clips are random.
        """
        if not whole_videos:
            _refuse_random(dataset)
        index = tf.constant(self.index)

        def add(batch: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
            asked = tf.cast(batch["index"], tf.int64)
            row = tf.searchsorted(index, asked)
            row = tf.minimum(row, len(self.index) - 1)
            same = tf.debugging.assert_equal(
                tf.gather(index, row), asked, "There are no targets for a clip."
            )
            with tf.control_dependencies([same]):
                found = {
                    name: tf.gather(values, row)
                    for name, values in self.columns.items()
                }
                return {**batch, **found}

        attached = dataset.map(add)
        for name in _ATTRIBUTES:
            if name in vars(dataset):
                setattr(attached, name, getattr(dataset, name))
        return attached


def _refuse_random(dataset: Any) -> None:
    if getattr(dataset, "random_clips", False):
        raise ValueError(
            "Received clips that differ from epoch to epoch, for which targets "
            "cannot be precomputed. Use clips(..., training=False), or run the "
            "teacher inside the method, or, if each row describes a whole "
            "video, attach(..., whole_videos=True)."
        )
