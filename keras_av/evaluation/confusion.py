"""Confusion matrix and per-class accuracy."""

from collections.abc import Mapping

import numpy as np
from sklearn import metrics

from keras_av.ops.types import Array

_KINDS = ("probabilities", "logits")


def confusion_matrix(found: Mapping[str, Array]) -> Array:
    """Count videos by true class and predicted class.

    Args:
        found: Predictions, as returned by `predict_videos`: `label`,
            `(num_videos,)`, and `logits` or `probabilities`, `(num_videos,
            num_classes)`. Videos with a negative label are left out.

    Returns:
        Numbers of videos, int64 `(num_classes, num_classes)`: a row for each
        class, a column for each prediction. Correct predictions are on the
        diagonal.

    Raises:
        ValueError: If there are no scores or no labels, videos have several
            labels each, or a label is out of range.

    Examples:

    >>> import numpy as np
    >>> from keras_av.evaluation import confusion_matrix
    >>> logits = np.array([[3.0, 1.0], [0.0, 2.0], [5.0, 4.0]])
    >>> confusion_matrix({"logits": logits, "label": [0, 1, 1]}).tolist()
    [[1, 0], [1, 1]]
    """
    kinds = [kind for kind in _KINDS if kind in found]
    if len(kinds) != 1 or "label" not in found:
        raise ValueError(
            f"Received found with the keys {sorted(found)}. Expected 'label', "
            f"and one of {_KINDS}."
        )
    values, labels = np.asarray(found[kinds[0]]), np.asarray(found["label"])
    num_classes = values.shape[-1]
    if values.ndim != 2 or labels.shape != values.shape[:1]:
        raise ValueError(
            f"Received {kinds[0]} of shape {values.shape} and labels of shape "
            f"{labels.shape}. Expected (num_videos, num_classes) and one label "
            "for each video."
        )
    known = labels >= 0
    if not known.any() or labels.max() >= num_classes:
        raise ValueError(
            f"Received labels up to {labels.max(initial=-1)} for {num_classes} "
            f"classes. Expected labels from 0 to {num_classes - 1}."
        )
    return metrics.confusion_matrix(
        labels[known],
        values[known].argmax(axis=1),
        labels=np.arange(num_classes),
    )


def class_accuracy(confusion: Array) -> Array:
    """Fraction of the videos of each class that are classified correctly.

    Args:
        confusion: Matrix, as returned by `confusion_matrix`, `(num_classes,
            num_classes)`.

    Returns:
        Accuracies in [0, 1], float64 `(num_classes,)`; NaN for classes
        without a video. Their mean (`np.nanmean`) weights classes equally.

    Raises:
        ValueError: If the matrix is not square.

    Examples:

    >>> from keras_av.evaluation import class_accuracy
    >>> class_accuracy([[3, 1, 0], [0, 2, 0], [0, 0, 0]]).tolist()
    [0.75, 1.0, nan]
    """
    counts = np.asarray(confusion, "float64")
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1]:
        raise ValueError(
            f"Received a matrix of shape {counts.shape}. Expected "
            "(num_classes, num_classes), as returned by `confusion_matrix`."
        )
    sizes = counts.sum(axis=1)
    return np.divide(
        np.diag(counts), sizes, out=np.full(len(sizes), np.nan), where=sizes > 0
    )
