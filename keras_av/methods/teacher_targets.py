"""What a teacher says of every clip, computed once."""

import os
import pathlib
from collections.abc import Iterable, Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_av.methods.frozen_teacher import FrozenTeacher
from keras_av.ops.types import Array


class TeacherTargets:
    """Descriptors and logits of a teacher by the index of the clip.

    They stand for what the teacher would say of a clip only if that clip is
    the same each time it is read. A dataset of `clips(training=True)`, which
    takes another moment, crop and mirror image in every epoch, is refused;
    one clip of each file as evaluation reads it is what this is for. An
    augmentation inside the student, such as `ClipAugmentation`, does no harm:
    the teacher is then asked about the plain clip.

    Args:
        index: Distinct integers, `(num_clips,)`.
        descriptor: `(num_clips, dim)`.
        logits: `(num_clips, num_classes)`.

    Raises:
        ValueError: An index comes twice, or the numbers of rows differ.

    Examples:

    >>> import numpy as np, tensorflow as tf
    >>> from keras_av.methods import TeacherTargets
    >>> targets = TeacherTargets([7, 3], np.eye(2), np.eye(2))
    >>> batches = tf.data.Dataset.from_tensors({"index": [3, 7, 3]})
    >>> batch = next(iter(targets.attach(batches)))
    >>> batch["teacher_logits"].numpy().argmax(axis=1).tolist()
    [1, 0, 1]
    """

    def __init__(self, index: Any, descriptor: Any, logits: Any) -> None:
        index = np.asarray(index, np.int64)
        order = np.argsort(index, kind="stable")
        self.index = index[order]
        twice = self.index[1:][self.index[1:] == self.index[:-1]]
        if len(twice):
            raise ValueError(
                f"Expected every clip once. Received the indices "
                f"{sorted(set(twice.tolist()))[:10]} more than once: read one "
                "clip of each file (repeats=1)."
            )
        if not len(index) == len(descriptor) == len(logits) > 0:
            raise ValueError(
                "Expected as many descriptors and logits as indices, and at "
                f"least one. Received {len(descriptor)}, {len(logits)} and "
                f"{len(index)}."
            )
        self.descriptor = np.asarray(descriptor, np.float32)[order]
        self.logits = np.asarray(logits, np.float32)[order]

    @classmethod
    def compute(
        cls,
        teacher: keras.Model,
        dataset: Iterable[Mapping[str, Any]],
        key: str = "video",
    ) -> "TeacherTargets":
        """Run a teacher over a dataset.

        Args:
            teacher: `keras.Model` with the outputs `descriptor` and `logits`.
            dataset: Batches with the key and `index`, of clips that are the
                same in every epoch.
            key: What the teacher reads. Defaults to `"video"`.
        """
        _refuse_random(dataset)
        holder = FrozenTeacher(teacher, key)
        rows: dict[str, list[Array]] = {"descriptor": [], "logits": []}
        index = []
        for batch in dataset:
            index.append(np.asarray(batch["index"]))
            outputs = holder({key: keras.ops.convert_to_tensor(batch[key])})
            for name, values in rows.items():
                values.append(keras.ops.convert_to_numpy(outputs[name]))
        return cls(
            np.concatenate(index),
            np.concatenate(rows["descriptor"]),
            np.concatenate(rows["logits"]),
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write them to a `.npz` file, which appears whole or not at all."""
        target = pathlib.Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = target.with_name(f".{target.name}.{os.getpid()}")
        with aside.open("wb") as file:
            np.savez(
                file,
                index=self.index,
                descriptor=self.descriptor,
                logits=self.logits,
            )
        aside.replace(target)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "TeacherTargets":
        """Read what `save` has written."""
        with np.load(path, allow_pickle=False) as file:
            return cls(**file)

    def attach(self, dataset: tf.data.Dataset) -> tf.data.Dataset:
        """Add `teacher_descriptor` and `teacher_logits` to every batch.

        Args:
            dataset: Batches with `index`, of the same clips.

        Returns:
            A dataset with the same attributes. Iterating over a clip without
            targets is an error that names its index.

        Raises:
            ValueError: The clips are random.
        """
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
                return {
                    **batch,
                    "teacher_descriptor": tf.gather(self.descriptor, row),
                    "teacher_logits": tf.gather(self.logits, row),
                }

        attached = dataset.map(add)
        for name in ("report", "set_epoch", "cardinality"):
            if name in vars(dataset):
                setattr(attached, name, getattr(dataset, name))
        return attached


def _refuse_random(dataset: Any) -> None:
    if getattr(dataset, "random_clips", False):
        raise ValueError(
            "Received clips that differ from epoch to epoch, of which no "
            "target can be kept. Expected clips(..., training=False); or let "
            "the teacher run beside the student."
        )
