"""Mean average precision of a classifier."""

import numpy as np
from sklearn.metrics import average_precision_score

from keras_av.ops.types import Array


def mean_average_precision(labels: Array, scores: Array) -> float:
    """Mean of the average precision over classes.

    For each class the samples are ranked by their score for it, and its
    average precision is `sum_n (R_n - R_{n-1}) P_n` over the thresholds `n`,
    with precision `P` and recall `R`, without interpolation. Classes without
    any sample are left out of the mean.

    Samples are ranked against each other within a class, so applying a softmax
    to the scores of each sample changes the result: probabilities and logits
    give different values.

    Args:
        labels: Classes, integers `(num,)`, or 0 and 1 `(num, num_classes)` for
            multi-label samples.
        scores: Scores, `(num, num_classes)`, higher for likelier classes.

    Returns:
        The mean average precision, in [0, 1].

    Raises:
        ValueError: If the shapes do not match, a label is out of range, no
            class has a sample, or a score is not finite.

    Examples:

    >>> import numpy as np
    >>> from keras_av.metrics import mean_average_precision
    >>> scores = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7]])
    >>> mean_average_precision([0, 1, 1], scores)
    1.0
    """
    labels, scores = np.asarray(labels), np.asarray(scores, "float64")
    if scores.ndim != 2 or labels.shape not in (scores.shape, scores.shape[:1]):
        raise ValueError(
            f"Received labels of shape {labels.shape} and scores of shape "
            f"{scores.shape}. Expected (num,) or (num, num_classes), and "
            "(num, num_classes)."
        )
    if not np.isfinite(scores).all():
        raise ValueError(
            "Received scores with NaN or infinity. Expected finite numbers: "
            "check for diverged training or broken input."
        )
    several = labels.ndim == 2
    allowed = (0, 1) if several else range(scores.shape[1])
    if not np.isin(labels, allowed).all():
        raise ValueError(
            f"Received labels from {labels.min()} to {labels.max()}. Expected "
            + ("only 0 and 1" if several else f"classes in {allowed}")
            + ": leave out samples without a label."
        )
    if not several:
        labels = labels[:, None] == np.arange(scores.shape[1])
    known = np.flatnonzero(labels.any(axis=0))
    if not len(known):
        raise ValueError(
            "Received labels without any positive. Expected at least one "
            "class with a sample."
        )
    precisions = [
        average_precision_score(labels[:, c], scores[:, c]) for c in known
    ]
    return float(np.mean(precisions))
