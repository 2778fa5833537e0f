"""L1 distance between descriptors."""

from keras import ops

from keras_av.ops.types import Tensor

REDUCTIONS = ("sum", "mean")


def l1_distance(x: Tensor, y: Tensor, reduction: str = "sum") -> Tensor:
    """L1 distance between paired vectors, `sum_d |x_d - y_d|`.

    With `reduction="mean"` it is divided by the number of features D. Weights
    of other losses must then be adapted:
    `l1_sum + w * other = D * (l1_mean + (w / D) * other)`. It is computed in
    float32.

    Args:
        x: Descriptors, `(batch, dim)`.
        y: Descriptors, `(batch, dim)`.
        reduction: `"sum"` or `"mean"` over the features. Defaults to
            `"sum"`.

    Returns:
        Distances, `(batch,)`, float32.

    Raises:
        ValueError: If the reduction is unknown.

    Examples:

    >>> import numpy as np
    >>> from keras_av.losses import l1_distance
    >>> float(l1_distance(np.array([[1.0, 2.0]]), np.array([[0.0, 4.0]]))[0])
    3.0
    """
    if reduction not in REDUCTIONS:
        raise ValueError(
            f"reduction must be one of {REDUCTIONS}. Received: {reduction!r}"
        )
    difference = ops.abs(ops.cast(x, "float32") - ops.cast(y, "float32"))
    reduce = ops.sum if reduction == "sum" else ops.mean
    return reduce(difference, axis=-1)
