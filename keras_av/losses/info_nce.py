"""InfoNCE: cross-entropy of the positive pair against negatives."""

from keras import ops

from keras_av.ops.types import Tensor

# Finite in float32 and far below any score: exp() of a masked column is 0.
_MASKED = -1e30


def info_nce(
    query: Tensor,
    positive: Tensor,
    negatives: Tensor,
    temperature: float,
    mask: Tensor | None = None,
) -> Tensor:
    """InfoNCE of queries with one positive and K explicit negatives each.

    With scores `s = q . k / temperature`, the loss of one query is

        -s_positive + log(exp(s_positive) + sum_k exp(s_k)),

    the cross-entropy of choosing the positive among K + 1 candidates. It is
    computed in float32. If all scores are equal, it is `log(K + 1)`.

    References:
        - [van den Oord et al., 2018](https://arxiv.org/abs/1807.03748)
        - [He et al., 2020](https://arxiv.org/abs/1911.05722)

    Args:
        query: Unit vectors, `(batch, dim)`.
        positive: Unit vectors, `(batch, dim)`.
        negatives: Unit vectors, `(num_negatives, dim)` shared by the batch or
            `(batch, num_negatives, dim)`, one set per query.
        temperature: Positive number by which the scores are divided.
        mask: Optional booleans, `(batch, num_negatives)`. False excludes the
            negative from the sum of that query.

    Returns:
        Losses, `(batch,)`, float32.

    Examples:

    >>> import keras, numpy as np
    >>> from keras_av.losses import info_nce
    >>> unit = np.eye(4, dtype="float32")
    >>> loss = info_nce(unit[:1], unit[:1], unit[1:], temperature=0.07)
    >>> tuple(loss.shape)
    (1,)
    """
    query = ops.cast(query, "float32")
    positive = ops.cast(positive, "float32")
    negatives = ops.cast(negatives, "float32")
    pattern = "bd,kd->bk" if len(negatives.shape) == 2 else "bd,bkd->bk"
    positive_scores = ops.sum(query * positive, axis=-1) / temperature
    negative_scores = ops.einsum(pattern, query, negatives) / temperature
    return info_nce_of_scores(positive_scores, negative_scores, mask)


def info_nce_of_scores(
    positive_scores: Tensor, negative_scores: Tensor, mask: Tensor | None = None
) -> Tensor:
    """InfoNCE of scores that have been divided by the temperature.

    Of several positives, it is the mean of the InfoNCE of each against the
    negatives.

    Args:
        positive_scores: Scores, float32, `(batch,)` or `(batch,
            num_positives)`.
        negative_scores: Scores, float32, `(batch, num_negatives)`.
        mask: Optional booleans, `(batch, num_negatives)`. False excludes the
            negative from the sum of that query.

    Returns:
        Losses, `(batch,)`, float32.
    """
    if mask is not None:
        negative_scores = ops.where(mask, negative_scores, _MASKED)
    if len(positive_scores.shape) == 2:
        against = ops.logsumexp(negative_scores, axis=1, keepdims=True)
        # log(exp(s_p) + exp(against)) - s_p
        return ops.mean(ops.softplus(against - positive_scores), axis=1)
    scores = ops.concatenate(
        [positive_scores[:, None], negative_scores], axis=1
    )
    return ops.logsumexp(scores, axis=1) - positive_scores


def in_batch_info_nce(
    x: Tensor,
    y: Tensor,
    temperature: float,
    mask: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """InfoNCE between paired batches with in-batch negatives.

    Row i of `x` is paired with row i of `y`; all other rows of the batch are
    its negatives, and gradients flow through both sides. With
    `S = x y^T / temperature` the two directions are the cross-entropies of
    the rows and of the columns of `S` with the diagonal as the answer.

    References:
        - [Oord et al., 2018](https://arxiv.org/abs/1807.03748)
        - [Radford et al., 2021](https://arxiv.org/abs/2103.00020)

    Args:
        x: Unit vectors, `(batch, dim)`.
        y: Unit vectors, `(batch, dim)`.
        temperature: Positive number by which the scores are divided.
        mask: Optional booleans, `(batch,)`. False excludes a pair: it is not a
            negative of any other, and its losses are 0.

    Returns:
        The losses from `x` to `y` and from `y` to `x`, each `(batch,)`,
        float32.

    Examples:

    >>> import numpy as np
    >>> from keras_av.losses import in_batch_info_nce
    >>> unit = np.eye(4, dtype="float32")
    >>> x_to_y, y_to_x = in_batch_info_nce(unit, unit, temperature=0.1)
    >>> tuple(x_to_y.shape), tuple(y_to_x.shape)
    ((4,), (4,))
    """
    x, y = ops.cast(x, "float32"), ops.cast(y, "float32")
    scores = ops.matmul(x, ops.transpose(y)) / temperature
    diagonal = ops.diagonal(scores)
    if mask is None:
        rows, columns = scores, scores
    else:
        rows = ops.where(mask[None, :], scores, _MASKED)
        columns = ops.where(mask[:, None], scores, _MASKED)
    x_to_y = ops.logsumexp(rows, axis=1) - diagonal
    y_to_x = ops.logsumexp(columns, axis=0) - diagonal
    if mask is not None:
        x_to_y = ops.where(mask, x_to_y, 0.0)
        y_to_x = ops.where(mask, y_to_x, 0.0)
    return x_to_y, y_to_x
