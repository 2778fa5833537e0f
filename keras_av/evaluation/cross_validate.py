"""Repeated measurement: over folds and over seeds."""

from collections.abc import Callable, Sequence

import numpy as np
from scipy import stats

from keras_av.ops.types import Array


def cross_validate(
    measure: Callable[[Array, Array], float], folds: Array
) -> Array:
    """Measure once for each fold, with that fold as the test side.

    Args:
        measure: Function from the row numbers of the training side and of the
            test side to a number, such as an accuracy.
        folds: Fold of each row, `(num_rows,)`: the official ones of a data
            set, as recordings of one source must stay in one fold.

    Returns:
        What was measured, float64 `(num_folds,)`, in the order of the folds.

    Raises:
        ValueError: There are fewer than two folds.

    Examples:

    >>> from keras_av.evaluation import cross_validate
    >>> cross_validate(lambda train, test: len(test), [1, 1, 2, 3]).tolist()
    [2.0, 1.0, 1.0]
    """
    folds = np.asarray(folds)
    names = np.unique(folds)
    if len(names) < 2:
        raise ValueError(
            f"Received the folds {names.tolist()}. Expected at least two, so "
            "that a training side is left."
        )
    return np.array(
        [
            measure(
                np.flatnonzero(folds != name), np.flatnonzero(folds == name)
            )
            for name in names
        ],
        "float64",
    )


def mean_and_interval(values: Sequence[float] | Array) -> tuple[float, float]:
    """Mean of repeated measurements and its 95 % confidence interval.

    The interval is `mean +- t * std / sqrt(n)` with Student's t for n - 1
    degrees of freedom. It holds for independent runs, such as seeds; folds
    share training samples, which makes theirs too narrow rather than too wide.

    Args:
        values: One number from each run, at least two.

    Returns:
        The mean, and half of the width of the interval.

    Raises:
        ValueError: There are fewer than two values.

    Examples:

    >>> from keras_av.evaluation import mean_and_interval
    >>> mean, half = mean_and_interval([0.70, 0.72, 0.74])
    >>> f"{mean:.2f} +- {half:.2f}"
    '0.72 +- 0.05'
    """
    values = np.asarray(values, "float64")
    if values.ndim != 1 or len(values) < 2:
        raise ValueError(
            f"Received values of shape {values.shape}. Expected at least two "
            "numbers: one run has no spread."
        )
    error = values.std(ddof=1) / np.sqrt(len(values))
    half = stats.t.ppf(0.975, len(values) - 1) * error
    return float(values.mean()), float(half)
