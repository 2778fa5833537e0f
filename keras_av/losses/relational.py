"""Distances and angles between the samples of a batch."""

from keras import ops

from keras_av.ops.types import Tensor
from keras_av.ops.unit_length import unit_length

_LEAST_SQUARE = 1e-12


def relational(
    student: Tensor,
    teacher: Tensor,
    mask: Tensor | None = None,
    distance_weight: float = 25.0,
    angle_weight: float = 50.0,
) -> Tensor:
    """Relational knowledge distillation of distances and angles.

    With `h` the smooth L1 loss (Huber's with delta 1), the loss of sample i is

        distance_weight (1 / B)   sum_j  h(d_ij of student and teacher)
      + angle_weight    (1 / B^2) sum_jk h(cos jik of student and teacher),

    where `d` are Euclidean distances divided by their mean over the pairs of
    the batch, and `cos jik` is the cosine of the angle at i between j and k.
    The features of student and teacher may have different shapes, except for
    the batch axis. The loss is computed in float32.

    References:
        - [Park et al., 2019](https://arxiv.org/abs/1904.05068)

    Args:
        student: Features, `(batch, ...)`, flattened to one vector per sample.
        teacher: Features, `(batch, ...)`.
        mask: Optional booleans, `(batch,)`. False excludes a sample; its loss
            is 0.
        distance_weight: Weight of the distances. Defaults to 25, as in the
            training script of the original.
        angle_weight: Weight of the angles. Defaults to 50.

    Returns:
        Losses, `(batch,)`, float32.

    Examples:

    >>> import numpy as np
    >>> from keras_av.losses import relational
    >>> x = np.random.rand(4, 6)
    >>> [round(float(v), 5) for v in relational(x, 3 * x + 1)]
    [0.0, 0.0, 0.0, 0.0]
    """
    kept = ops.ones((ops.shape(student)[0],), "bool")
    if mask is not None:
        kept = ops.cast(mask, "bool")
    count = ops.maximum(ops.sum(ops.cast(kept, "float32")), 1.0)
    pairs = ops.logical_and(kept[:, None], kept[None, :])
    x, y = (_vectors(features, kept) for features in (student, teacher))
    apart = _smooth_l1(_distances(x, pairs) - _distances(y, pairs))
    losses = distance_weight * ops.sum(apart, axis=1) / count
    turned = _smooth_l1(_angles(x, pairs) - _angles(y, pairs))
    return losses + angle_weight * ops.sum(turned, axis=(1, 2)) / count**2


def _vectors(x: Tensor, kept: Tensor) -> Tensor:
    x = ops.reshape(ops.cast(x, "float32"), (ops.shape(x)[0], -1))
    x = ops.where(kept[:, None], x, 0.0)
    # Only ratios of distances matter: a common scale keeps squares finite.
    largest = ops.stop_gradient(ops.max(ops.abs(x)))
    return x / ops.where(largest > 0, largest, 1.0)


def _distances(x: Tensor, pairs: Tensor) -> Tensor:
    """Distances of all pairs, `(batch, batch)`, divided by their mean."""
    squares = ops.sum(ops.square(x[:, None] - x[None, :]), axis=-1)
    apart = ops.logical_and(pairs, squares > _LEAST_SQUARE)
    found = ops.sqrt(ops.where(apart, squares, 1.0))
    found = ops.where(apart, found, 0.0)
    count = ops.sum(ops.cast(apart, "float32"))
    mean = ops.sum(found) / ops.maximum(count, 1.0)
    return found / ops.where(mean > 0, mean, 1.0)


def _angles(x: Tensor, pairs: Tensor) -> Tensor:
    """Cosines at i between j and k, `(batch, batch, batch)`."""
    away = unit_length(x[None, :] - x[:, None])
    away = ops.where(pairs[:, :, None], away, 0.0)
    return ops.matmul(away, ops.transpose(away, (0, 2, 1)))


def _smooth_l1(x: Tensor) -> Tensor:
    size = ops.abs(x)
    return ops.where(size < 1, 0.5 * ops.square(x), size - 0.5)
