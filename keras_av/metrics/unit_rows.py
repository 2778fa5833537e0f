"""Embeddings as unit vectors in float64."""

import numpy as np

from keras_av.ops.types import Array


def unit_rows(x: Array) -> Array:
    """Scale every row of a matrix to unit length; zero rows stay zero.

    Args:
        x: Embeddings, `(num, dim)`.

    Returns:
        The rows in float64, `(num, dim)`.

    Raises:
        ValueError: If `x` is not a matrix, is empty or has a value that is
            not finite.

    Examples:

    >>> import numpy as np
    >>> from keras_av.metrics import unit_rows
    >>> unit_rows(np.array([[3.0, 4.0], [0.0, 0.0]])).tolist()
    [[0.6, 0.8], [0.0, 0.0]]
    """
    x = np.asarray(x, "float64")
    if x.ndim != 2 or x.size == 0:
        raise ValueError(
            f"Received embeddings of shape {x.shape}. Expected (num, dim) with "
            "at least one row."
        )
    broken = np.flatnonzero(~np.isfinite(x).all(axis=1))
    if broken.size:
        raise ValueError(
            f"Received embeddings with NaN or infinity in {broken.size} of "
            f"{len(x)} rows, first in row {broken[0]}. Expected finite "
            "numbers: check for diverged training or broken input."
        )
    norms = np.linalg.norm(x, axis=1, keepdims=True)
    return x / np.where(norms == 0, 1.0, norms)
