"""Similarity-preserving distillation."""

from keras import ops

from keras_av.ops.types import Tensor
from keras_av.ops.unit_length import unit_length


def similarity_preserving(
    student: Tensor, teacher: Tensor, mask: Tensor | None = None
) -> Tensor:
    """Squared distance between the in-batch similarities of two layers.

    With one feature vector per sample as the rows of `F`, and the rows of
    `G = normalize(F F^T)` scaled to unit length, the loss of sample i is

        (1 / B) sum_j (G_student[i, j] - G_teacher[i, j])^2,

    whose mean over the batch is the squared Frobenius norm divided by `B^2`.
    The features of student and teacher may have different shapes, except for
    the batch axis. The loss is computed in float32.

    References:
        - [Tung and Mori, 2019](https://arxiv.org/abs/1907.09682)

    Args:
        student: Features, `(batch, ...)`.
        teacher: Features, `(batch, ...)`.
        mask: Optional booleans, `(batch,)`. False excludes a sample; its loss
            is 0.

    Returns:
        Losses, `(batch,)`, float32.

    Examples:

    >>> import numpy as np
    >>> from keras_av.losses import similarity_preserving
    >>> x = np.random.rand(4, 6)
    >>> [round(float(v), 6) for v in similarity_preserving(x, 3 * x)]
    [0.0, 0.0, 0.0, 0.0]
    """
    kept = ops.ones((ops.shape(student)[0],), "bool")
    if mask is not None:
        kept = ops.cast(mask, "bool")
    count = ops.maximum(ops.sum(ops.cast(kept, "float32")), 1.0)
    grams = [_gram(x, kept) for x in (student, teacher)]
    return ops.sum(ops.square(grams[0] - grams[1]), axis=1) / count


def _gram(x: Tensor, kept: Tensor) -> Tensor:
    x = ops.reshape(ops.cast(x, "float32"), (ops.shape(x)[0], -1))
    x = ops.where(kept[:, None], x, 0.0)
    # Rows are normalized later: a common scale keeps products finite.
    largest = ops.stop_gradient(ops.max(ops.abs(x)))
    x = x / ops.where(largest > 0, largest, 1.0)
    return unit_length(ops.matmul(x, ops.transpose(x)))
