"""Cross-entropy and accuracy of clips, some of which have no label."""

from collections.abc import Mapping

import keras
from keras import ops

from keras_av.ops.types import Tensor


def label_cross_entropy(label: Tensor, logits: Tensor) -> Tensor:
    """Cross-entropy of logits with integer labels.

    A clip without a label (`label < 0`) gets an arbitrary finite value; its
    weight from `clip_weights(batch, labelled=True)` is 0. A label beyond the
    classes gives NaN.

    Args:
        label: Integer classes, `(batch,)`.
        logits: Logits, `(batch, num_classes)`.

    Returns:
        Losses, `(batch,)`.

    Examples:

    >>> import numpy as np
    >>> from keras_av.training import label_cross_entropy
    >>> losses = label_cross_entropy(np.array([1, -1]), np.zeros((2, 4)))
    >>> round(float(losses[0]), 4)  # log 4
    1.3863
    """
    label, last = ops.cast(label, "int32"), logits.shape[-1] - 1
    values = keras.losses.sparse_categorical_crossentropy(
        ops.clip(label, 0, last), logits, from_logits=True
    )
    # Backends disagree: an error, no loss at all, or that of another class.
    return ops.where(label <= last, values, float("nan"))


def update_accuracy(
    metric: keras.metrics.Metric,
    batch: Mapping[str, Tensor],
    logits: Tensor,
    weights: Tensor,
) -> None:
    """Update a metric of integer labels, such as accuracy, from a batch.

    Args:
        metric: Metric that takes integer labels and logits.
        batch: Dict with `label`, `(batch,)`.
        logits: Logits, `(batch, num_classes)`.
        weights: Weights of the clips, `(batch,)`, 0 for those without a
            label.

    Examples:

    >>> import keras, numpy as np
    >>> from keras_av.training import update_accuracy
    >>> accuracy = keras.metrics.SparseCategoricalAccuracy()
    >>> batch = {"label": np.array([0, -1])}
    >>> update_accuracy(accuracy, batch, np.eye(2), np.array([1.0, 0.0]))
    >>> float(accuracy.result())
    1.0
    """
    label = ops.maximum(batch["label"], 0)
    metric.update_state(label, logits, sample_weight=weights)
