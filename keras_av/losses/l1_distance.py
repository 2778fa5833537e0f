"""L1 distance of two descriptors."""

from keras import ops

from keras_av.ops.types import Tensor

REDUCTIONS = ("sum", "mean")


def l1_distance(x: Tensor, y: Tensor, reduction: str = "sum") -> Tensor:
    """L1 distance of paired vectors, `sum_d |x_d - y_d|`.

    With `reduction="mean"` it is divided by the number of features D, so that
    `l1_sum + w * other = D * (l1_mean + (w / D) * other)`: a weight beside it
    found for one form is D times too large or too small for the other.
    Computed in float32 whatever the inputs.

    Args:
        x: Descriptors, `(batch, dim)`.
        y: Descriptors, `(batch, dim)`.
        reduction: `"sum"` or `"mean"` over the features. Defaults to
            `"sum"`.

    Returns:
        Distances, `(batch,)`, float32.

    Raises:
        ValueError: The reduction is unknown.

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
