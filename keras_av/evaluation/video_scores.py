"""Scores of video predictions."""

from collections.abc import Mapping

import numpy as np

from keras_av.evaluation.predict_videos import softmax as to_probabilities
from keras_av.metrics.mean_average_precision import mean_average_precision
from keras_av.ops.types import Array


def video_scores(
    found: Mapping[str, Array], softmax: bool = True
) -> dict[str, float]:
    """Top-1 and top-5 accuracy and mean average precision over videos.

    A video is correct in top-k if one of its labels is among its k highest
    scores.

    References:
        - [Gao et al., 2020](https://arxiv.org/abs/1912.04487), which computes
          the mean average precision from the softmax of each video's logits

    Args:
        found: Predictions, as returned by `predict_videos`: `label`, integers
            `(num_videos,)` or 0 and 1 `(num_videos, num_classes)`; and
            `logits` or `probabilities`, `(num_videos, num_classes)`. Videos
            with a negative label are left out.
        softmax: Whether to apply a softmax to logits before ranking the
            videos, which changes the mean average precision. Set it to False
            for multi-label videos. Probabilities are used as they are.
            Defaults to True.

    Returns:
        `top_1`, `top_5` and `mAP`, each in [0, 1].

    Raises:
        ValueError: If there is not exactly one of `logits` and
            `probabilities`, there are no labels, or the shapes do not match.

    Examples:

    >>> import numpy as np
    >>> from keras_av.evaluation import video_scores
    >>> logits = np.array([[3.0, 1.0, 0.0], [0.0, 1.0, 2.0], [0.0, 2.0, 1.0]])
    >>> scores = video_scores({"logits": logits, "label": [0, 1, 1]})
    >>> {name: round(score, 3) for name, score in scores.items()}
    {'top_1': 0.667, 'top_5': 1.0, 'mAP': 1.0}
    """
    kinds = {"logits", "probabilities"} & set(found)
    if len(kinds) != 1 or "label" not in found:
        raise ValueError(
            f"Received found with the keys {sorted(found)}. Expected 'label', "
            "and one of 'logits' and 'probabilities'."
        )
    (kind,) = kinds
    values = np.asarray(found[kind], "float64")
    labels = np.asarray(found["label"])
    known = (labels if labels.ndim == 1 else labels.min(axis=1)) >= 0
    values, labels = values[known], labels[known]
    if not len(values):
        raise ValueError(
            "Received no video with a label. Expected labels >= 0."
        )
    if kind == "logits" and softmax:
        values = to_probabilities(values)
    precision = mean_average_precision(labels, values)
    order = np.argsort(-values, axis=1, kind="stable")
    hot = labels
    if labels.ndim == 1:
        hot = labels[:, None] == np.arange(values.shape[1])
    right = np.take_along_axis(hot.astype(bool), order, axis=1)
    return {
        "top_1": float(right[:, 0].mean()),
        "top_5": float(right[:, :5].any(axis=1).mean()),
        "mAP": precision,
    }
