"""Multi-class NCE: all pairs of the same class are positive."""

from keras import ops

from keras_av.ops.types import Tensor
from keras_av.ops.unit_length import unit_length

# Finite in float32 and far below any score: exp() of a masked column is 0.
_MASKED = -1e30
_EPS = 1e-10


def multi_class_nce(
    x: Tensor,
    y: Tensor,
    labels: Tensor,
    temperature: float,
    mask: Tensor | None = None,
    legacy_eps: bool = False,
) -> Tensor:
    """Multi-class noise-contrastive loss from one batch to another.

    With the cosines `S = cos(x_i, y_j)` and `p_i = softmax(S_i / temperature)`
    over the batch, the loss of row i is

        mean over j with labels_j  = labels_i of -log p_ij
      + mean over j with labels_j != labels_i of -log(1 - p_ij).

    All positives share one denominator. The second mean is 0 for a row
    without samples of other classes. Where `p` is near 1, `1 - p` is computed
    directly from the scores, so its logarithm is finite without an added
    constant. The loss is computed in float32.

    References:
        - [Chen et al., 2021](https://arxiv.org/abs/2104.10955)

    Args:
        x: Embeddings of any norm, `(batch, dim)`.
        y: Embeddings of any norm, `(batch, dim)`; row i is paired with row i
            of `x`.
        labels: Integer classes, `(batch,)`.
        temperature: Positive number by which the cosines are divided.
        mask: Optional booleans, `(batch,)`. False excludes a pair: it is not a
            positive or negative of any other, and its loss is 0.
        legacy_eps: Whether to use `log(p + 1e-10)` and `log(1 - p + 1e-10)`,
            as in the original implementation, which bounds each by 23.
            Defaults to False.

    Returns:
        Losses, `(batch,)`, float32.

    Examples:

    >>> import numpy as np
    >>> from keras_av.losses import multi_class_nce
    >>> unit = np.eye(4, dtype="float32")
    >>> loss = multi_class_nce(unit, unit, np.arange(4), temperature=0.5)
    >>> tuple(loss.shape)
    (4,)
    """
    labels = ops.convert_to_tensor(labels)
    x, y = unit_length(x), unit_length(y)
    scores = ops.matmul(x, ops.transpose(y)) / temperature
    same = ops.equal(labels[:, None], labels[None, :])
    counted = ops.ones_like(same)
    if mask is not None:
        mask = ops.cast(mask, "bool")
        counted = ops.logical_and(mask[:, None], mask[None, :])
        scores = ops.where(mask[None, :], scores, _MASKED)
    positives = ops.logical_and(same, counted)
    negatives = ops.logical_and(ops.logical_not(same), counted)
    if legacy_eps:
        p = ops.softmax(scores, axis=1)
        # Without the maximum XLA adds 1 to 1e-10 first, which is 1 in float32.
        others = ops.maximum(1 - p, 0)
        log_p, log_others = ops.log(p + _EPS), ops.log(others + _EPS)
    else:
        log_sums = ops.logsumexp(scores, axis=1, keepdims=True)
        log_p = scores - log_sums
        log_others = _log_complement(scores, log_sums)
    return _mean_where(positives, -log_p) + _mean_where(negatives, -log_others)


def _log_complement(scores: Tensor, log_sums: Tensor) -> Tensor:
    """`log(1 - softmax(scores))` of each row.

    Only the largest probability of a row can exceed 1/2: for it, the others
    are summed, since `1 - p` would cancel.
    """
    columns = ops.shape(scores)[1]
    largest = ops.equal(
        ops.arange(columns)[None, :],
        ops.cast(ops.argmax(scores, axis=1), "int32")[:, None],
    )
    rest = ops.logsumexp(
        ops.where(largest, _MASKED, scores), axis=1, keepdims=True
    )
    probabilities = ops.exp(ops.where(largest, _MASKED, scores - log_sums))
    return ops.where(largest, rest - log_sums, ops.log1p(-probabilities))


def _mean_where(chosen: Tensor, values: Tensor) -> Tensor:
    """Mean over the chosen entries of each row; 0 if there are none."""
    count = ops.sum(ops.cast(chosen, "float32"), axis=1)
    total = ops.sum(ops.where(chosen, values, 0.0), axis=1)
    return total / ops.maximum(count, 1.0)
