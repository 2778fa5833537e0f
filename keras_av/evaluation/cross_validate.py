"""Repeated measurements over folds and seeds."""

from collections.abc import Callable, Sequence

import numpy as np
from scipy import stats

from keras_av.ops.types import Array


def cross_validate(
    measure: Callable[[Array, Array], float], folds: Array
) -> Array:
    """Measure once per fold, with that fold as the test set.

    Args:
        measure: Function that takes the row numbers of the training set and
            of the test set and returns a number, such as an accuracy.
        folds: Fold of each row, `(num_rows,)`. Use the official folds of a
            dataset, which keep recordings of one source in one fold.

    Returns:
        The measurements, float64 `(num_folds,)`, in the order of the folds.

    Raises:
        ValueError: If there are fewer than two folds.

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
            "that there is a training set."
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
    """Mean and 95% confidence interval of repeated measurements.

    The interval is `mean +- t * std / sqrt(n)` with Student's t for n - 1
    degrees of freedom. It is valid for independent runs, such as seeds; for
    folds, which share training samples, it tends to be too narrow.

    Args:
        values: One number per run, at least two.

    Returns:
        The mean and the half-width of the interval.

    Raises:
        ValueError: If there are fewer than two values.

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
