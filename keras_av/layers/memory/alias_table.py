"""Draws from any distribution over rows in constant time."""

from collections.abc import Sequence

import numpy as np

from keras_av.ops.types import Array


def alias_table(weights: Sequence[float] | Array) -> tuple[Array, Array]:
    """Make the table of Walker's alias method, as Vose builds it.

    To draw a row, draw a number of all rows uniformly, and keep it with its
    `probability`; else take its `alias`.

    References:
        - [Vose, 1991](https://doi.org/10.1109/32.92917)

    Args:
        weights: Weights of the rows, not negative, `(num_rows,)`. They need not
            sum to 1.

    Returns:
        Probabilities, float32, and aliases, int32, each `(num_rows,)`.

    Raises:
        ValueError: If a weight is negative or not finite, or all are 0.

    Examples:

    >>> from keras_av.layers.memory.alias_table import alias_table
    >>> probability, alias = alias_table([1.0, 3.0])
    >>> probability.tolist(), alias.tolist()
    ([0.5, 1.0], [1, 1])
    """
    given = np.asarray(weights, "float64")
    total = given.sum()
    if given.ndim != 1 or not (np.isfinite(total) and total > 0):
        raise ValueError(
            "Weights must be a list of finite numbers with a positive sum. "
            f"Received: shape {given.shape} and sum {total}"
        )
    if given.min() < 0:
        raise ValueError(
            f"Weights must not be negative. Received: {given.min()}"
        )
    probability = given * (len(given) / total)
    alias = np.arange(len(given), dtype="int32")
    below = [i for i, share in enumerate(probability) if share < 1]
    above = [i for i, share in enumerate(probability) if share >= 1]
    while below and above:
        low, high = below.pop(), above.pop()
        alias[low] = high
        probability[high] -= 1 - probability[low]
        (below if probability[high] < 1 else above).append(high)
    # What is left differs from 1 by rounding.
    probability[below + above] = 1.0
    return probability.astype("float32"), alias
