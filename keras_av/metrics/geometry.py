"""Geometry of embeddings: alignment, uniformity, effective rank."""

import numpy as np

from keras_av.metrics.unit_rows import unit_rows
from keras_av.ops.types import Array

# Number of entries of the distance matrix to compute at once.
_CHUNK = 2**22


def alignment(x: Array, y: Array) -> float:
    """Mean squared distance between the unit vectors of positive pairs.

    0 when all pairs coincide, 2 for unrelated directions, 4 for opposites.

    References:
        - [Wang and Isola, 2020](https://arxiv.org/abs/2005.10242)

    Args:
        x: Embeddings, `(num, dim)`; scaled to unit length.
        y: Embeddings of the counterparts, `(num, dim)`; scaled to unit length.

    Returns:
        The mean over pairs of `||x - y||^2`.

    Raises:
        ValueError: If the shapes differ.

    Examples:

    >>> from keras_av.metrics import alignment
    >>> alignment([[1.0, 0.0]], [[0.0, 3.0]])
    2.0
    """
    x, y = unit_rows(x), unit_rows(y)
    if x.shape != y.shape:
        raise ValueError(
            f"Received pairs of shapes {x.shape} and {y.shape}. Expected the "
            "same shape: row i of one is paired with row i of the other."
        )
    return float(np.square(x - y).sum(axis=1).mean())


def uniformity(x: Array) -> float:
    """Logarithm of the mean Gaussian potential between unit vectors.

    `log mean exp(-2 ||x_i - x_j||^2)` over all pairs `i < j`: 0 when all
    coincide, lower the more evenly they cover the sphere, and -4 for unrelated
    directions in many dimensions.

    References:
        - [Wang and Isola, 2020](https://arxiv.org/abs/2005.10242), with t = 2

    Args:
        x: Embeddings, `(num, dim)`, at least two; scaled to unit length.

    Returns:
        The logarithm.

    Raises:
        ValueError: If there are fewer than two embeddings.

    Examples:

    >>> from keras_av.metrics import uniformity
    >>> round(uniformity([[1.0, 0.0], [0.0, 1.0]]), 6)
    -4.0
    """
    x = unit_rows(x)
    if len(x) < 2:
        raise ValueError(f"Received {len(x)} embedding. Expected at least two.")
    squares = np.square(x).sum(axis=1)
    step = max(1, _CHUNK // len(x))
    total = 0.0
    for start in range(0, len(x), step):
        part = slice(start, start + step)
        distances = squares[part, None] + squares - 2 * x[part] @ x.T
        total += np.exp(-2 * np.maximum(distances, 0.0)).sum()
    pairs = len(x) * (len(x) - 1)
    # Each embedding was also paired with itself, at distance 0.
    return float(np.log((total - len(x)) / pairs))


def effective_rank(x: Array) -> float:
    """Number of dimensions that embeddings take up, as a real number.

    `exp(-sum_k p_k log p_k)` with `p` the singular values of the matrix of
    unit vectors, divided by their sum: 1 when all lie on a line, `dim` when
    they spread evenly. The mean is not subtracted.

    References:
        - Roy and Vetterli, "The effective rank: a measure of effective
          dimensionality", EUSIPCO 2007

    Args:
        x: Embeddings, `(num, dim)`; scaled to unit length.

    Returns:
        The effective rank, between 1 and `min(num, dim)`.

    Raises:
        ValueError: If all embeddings are 0.

    Examples:

    >>> import numpy as np
    >>> from keras_av.metrics import effective_rank
    >>> round(effective_rank(np.eye(5)), 6)
    5.0
    """
    x = unit_rows(x)
    values = np.linalg.svd(x, compute_uv=False)
    if values.sum() == 0:
        raise ValueError(
            "Received embeddings that are all 0, which have no rank. Expected "
            "nonzero embeddings: the encoder has collapsed."
        )
    shares = values / values.sum()
    shares = shares[shares > 0]
    return float(np.exp(-(shares * np.log(shares)).sum()))
