"""Binary noise-contrastive estimation with a given partition function."""

from keras import ops

from keras_av.ops.types import Tensor


def binary_nce(
    positive_scores: Tensor, negative_scores: Tensor, z: Tensor | float
) -> Tensor:
    """Binary NCE: each candidate is classified as data or noise.

    With K negatives, `P(data | s) = exp(s) / (exp(s) + K z)`, and the loss of
    one sample is

        mean_p -log P(data | s_p) + sum_k -log(1 - P(data | s_k)).

    Both terms are computed as `softplus` of a difference to avoid overflow:
    `softplus(log(K z) - s_p)` and `softplus(s_k - log(K z))`. With the
    partition function `Z = N z` over N rows this is the memory-bank NCE of
    instance discrimination; if all scores are `log z`, it is
    `log(K + 1) + K log(1 + 1 / K)`.

    References:
        - [Gutmann and Hyvarinen, 2010](
          https://proceedings.mlr.press/v9/gutmann10a.html)
        - [Wu et al., 2018](https://arxiv.org/abs/1805.01978)

    Args:
        positive_scores: Scores divided by the temperature,
            `(batch, num_positives)`.
        negative_scores: Scores divided by the temperature,
            `(batch, num_negatives)`.
        z: Mean of `exp(score)` over negatives: a positive scalar.
            `keras_av.layers.PartitionFunction` estimates it.

    Returns:
        Losses, `(batch,)`, float32.

    Examples:

    >>> import numpy as np
    >>> from keras_av.losses import binary_nce
    >>> positive, negative = np.zeros((2, 1)), np.zeros((2, 1))
    >>> loss = binary_nce(positive, negative, z=1.0)  # 2 log 2 each
    >>> [round(float(value), 4) for value in loss]
    [1.3863, 1.3863]
    """
    positive_scores = ops.cast(positive_scores, "float32")
    negative_scores = ops.cast(negative_scores, "float32")
    num_negatives = ops.cast(ops.shape(negative_scores)[1], "float32")
    log_noise = ops.log(num_negatives) + ops.log(ops.cast(z, "float32"))
    positive_terms = ops.softplus(log_noise - positive_scores)
    negative_terms = ops.softplus(negative_scores - log_noise)
    return ops.mean(positive_terms, axis=1) + ops.sum(negative_terms, axis=1)
