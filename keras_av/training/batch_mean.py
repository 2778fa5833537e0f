"""The mean over a global batch that is split across replicas."""

from keras import ops

from keras_av.ops.replicas import replica_count, replica_sum
from keras_av.ops.types import Tensor


def batch_mean(values: Tensor, weights: Tensor | None = None) -> Tensor:
    """Weighted mean over the global batch; 0 if no sample counts.

    On one device it is `sum(weights * values) / sum(weights)`, or 0 where all
    weights are 0. On R replicas each returns R times its own share of that
    mean, so that the average over replicas, which a training step takes of
    losses and gradients, is the mean over the global batch even if the
    replicas hold different numbers of valid samples. For values that every
    replica has gathered from all others, it is their plain mean.

    Args:
        values: One value per sample, `(batch,)`. Values of weight 0 may
            be anything, NaN included.
        weights: Weights or booleans, `(batch,)`. Defaults to all ones.

    Returns:
        A float32 scalar.

    Examples:

    >>> import numpy as np
    >>> from keras_av.training import batch_mean
    >>> float(batch_mean(np.array([1.0, 3.0, np.nan]), np.array([1, 1, 0])))
    2.0
    """
    values = ops.cast(values, "float32")
    if weights is None:
        weights = ops.ones_like(values)
    weights = ops.cast(weights, "float32")
    values = ops.where(weights > 0, values, 0.0)
    total = replica_sum(ops.sum(weights))
    share = ops.sum(weights * values) * replica_count()
    return ops.where(total > 0, share / ops.where(total > 0, total, 1.0), 0.0)
