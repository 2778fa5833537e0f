"""Significance of differences between runs of the same seeds."""

from collections.abc import Sequence

import numpy as np
from scipy import stats

from keras_av.ops.types import Array


def paired_p_values(differences: Sequence[Sequence[float]] | Array) -> Array:
    """P-values of paired differences, corrected for their number.

    Each row is a two-sided t-test of a mean difference against 0 or, where
    differences other than 0 are all equal, as those of a few test clips may be,
    a sign test, `2 / 2 ** runs`: they do not show how far they spread. With the
    p-values of n rows in ascending order, the correction of Holm is

        p'(k) = max over j <= k of min(1, (n - j + 1) p(j)),

    so that the probability of calling any true null significant is at most
    the level.

    References:
        - [Holm, 1979](https://www.jstor.org/stable/4615733)

    Args:
        differences: Differences, `(comparisons, runs)`, with at least two
            runs, such as seeds.

    Returns:
        The corrected p-values, float64 `(comparisons,)`; 1 where all
        differences are 0.

    Raises:
        ValueError: If there are fewer than two runs.

    Examples:

    >>> from keras_av.evaluation import paired_p_values
    >>> paired_p_values([[0.1, 0.12, 0.11], [0.1, -0.1, 0.0]]).round(3).tolist()
    [0.005, 1.0]
    """
    differences = np.asarray(differences, "float64")
    if differences.ndim != 2 or differences.shape[1] < 2:
        raise ValueError(
            f"Received differences of shape {differences.shape}. Expected "
            "(comparisons, runs), with at least two runs: one has no spread."
        )
    count, runs = differences.shape
    deviations = differences.std(axis=1, ddof=1) / np.sqrt(runs)
    means = np.abs(differences.mean(axis=1))
    # But for rounding.
    equal = np.ptp(differences, axis=1) < 1e-9
    scores = means / np.where(equal, 1.0, deviations)
    values = 2 * stats.t.sf(scores, runs - 1)
    values = np.where(equal, np.where(means > 0, 2.0 ** (1 - runs), 1), values)
    order = np.argsort(values)
    factors = count - np.arange(count)
    corrected = np.empty(count)
    corrected[order] = np.maximum.accumulate(
        np.minimum(factors * values[order], 1.0)
    )
    return corrected
