"""Probabilistic knowledge transfer between two layers."""

from keras import ops

from keras_av.ops.types import Tensor
from keras_av.ops.unit_length import unit_length

_EPS = 1e-7


def probabilistic_transfer(
    student: Tensor, teacher: Tensor, mask: Tensor | None = None
) -> Tensor:
    """Divergence between the neighbourhoods of samples in two layers.

    A sample picks a sample of the batch, itself included, with a probability
    given by their cosine,
    `p[i, j] = k_ij / sum_j k_ij` with `k = (1 + cos) / 2`. The loss
    of sample i is

        (1 / B) sum_j p_teacher log((p_teacher + e) / (p_student + e))

    with `e = 1e-7`, the constant of the original implementation. It is
    computed in float32.

    References:
        - [Passalis and Tefas, 2018](https://arxiv.org/abs/1803.10837)

    Args:
        student: Features, `(batch, ...)`, flattened to one vector per sample.
        teacher: Features, `(batch, ...)`; their size may differ from the
            student's.
        mask: Optional booleans, `(batch,)`. False excludes a sample; its loss
            is 0.

    Returns:
        Losses, `(batch,)`, float32.

    Examples:

    >>> import numpy as np
    >>> from keras_av.losses import probabilistic_transfer
    >>> x = np.random.rand(4, 6)
    >>> [abs(round(float(v), 5)) for v in probabilistic_transfer(x, 3 * x)]
    [0.0, 0.0, 0.0, 0.0]
    """
    kept = ops.ones((ops.shape(student)[0],), "bool")
    if mask is not None:
        kept = ops.cast(mask, "bool")
    pairs = ops.logical_and(kept[:, None], kept[None, :])
    q, p = (_neighbours(x, kept, pairs) for x in (student, teacher))
    terms = p * (ops.log(p + _EPS) - ops.log(q + _EPS))
    count = ops.maximum(ops.sum(ops.cast(kept, "float32")), 1.0)
    return ops.sum(ops.where(pairs, terms, 0.0), axis=1) / count


def _neighbours(x: Tensor, kept: Tensor, pairs: Tensor) -> Tensor:
    x = ops.reshape(ops.cast(x, "float32"), (ops.shape(x)[0], -1))
    x = unit_length(ops.where(kept[:, None], x, 0.0))
    likeness = (1 + ops.matmul(x, ops.transpose(x))) / 2
    likeness = ops.where(pairs, likeness, 0.0)
    total = ops.sum(likeness, axis=1, keepdims=True)
    return likeness / ops.maximum(total, _EPS)
