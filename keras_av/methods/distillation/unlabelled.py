"""Classes for clips without a label."""

import typing
from collections.abc import Mapping, Sequence
from typing import Literal

import keras
from keras import ops

from keras_av.ops.types import Tensor
from keras_av.training.batch_mean import batch_mean
from keras_av.training.label_loss import label_cross_entropy

Unlabelled = Literal["skip", "instance", "teacher"]
UNLABELLED: tuple[Unlabelled, ...] = typing.get_args(Unlabelled)


def instance_labels(labels: Tensor) -> Tensor:
    """Labels in which each clip without one is a class of its own.

    Args:
        labels: Integer classes of the global batch, `(batch,)`; -1 is
            unlabelled.

    Returns:
        Integer classes, `(batch,)`: new ones are negative.
    """
    rows = ops.arange(ops.shape(labels)[0], dtype="int32")
    return ops.where(labels < 0, -1 - rows, labels)


def confident_labels(
    labels: Tensor, probabilities: Sequence[Tensor], confidence: float
) -> Tensor:
    """Labels in which the most confident teacher names clips without one.

    Args:
        labels: Integer classes, `(batch,)`; -1 is unlabelled.
        probabilities: Probabilities by each teacher, `(batch, num_classes)`;
            0 where it says nothing.
        confidence: Probability from which a teacher is believed.

    Returns:
        Integer classes, `(batch,)`; -1 where no teacher is confident.
    """
    if not probabilities:
        return labels
    best = probabilities[0]
    for other in probabilities[1:]:
        best = ops.maximum(best, other)
    named = ops.cast(ops.argmax(best, axis=-1), "int32")
    sure = ops.max(best, axis=-1) >= confidence
    return ops.where(ops.logical_and(labels < 0, sure), named, labels)


def name_by_probes(
    probes: Mapping[str, keras.layers.Layer],
    teachers: Mapping[str, tuple[Tensor, Tensor]],
    labels: Tensor,
    confidence: float,
) -> tuple[dict[str, Tensor], Tensor]:
    """Teach the teachers' classifiers, and label clips by them.

    Args:
        probes: Classifiers by the names of their teachers.
        teachers: Embeddings, `(batch, dim)`, and weights, `(batch,)`, of the
            teachers by their names.
        labels: Integer classes, `(batch,)`; -1 is unlabelled.
        confidence: Probability from which a teacher is believed.

    Returns:
        The cross-entropy of each classifier, and labels as those of
        `confident_labels`.
    """
    losses, probabilities = {}, []
    given = ops.cast(labels >= 0, "float32")
    for name in [name for name in teachers if name in probes]:
        embedding, weights = teachers[name]
        logits = probes[name](embedding)
        values = label_cross_entropy(labels, logits)
        losses[name] = batch_mean(values, weights * given)
        heard = ops.cast(weights > 0, "float32")
        probabilities.append(ops.softmax(logits) * heard[:, None])
    return losses, confident_labels(labels, probabilities, confidence)
