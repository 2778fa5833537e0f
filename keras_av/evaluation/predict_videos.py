"""Predictions for whole videos, averaged over several clips of each."""

import keras
import numpy as np

from keras_av.evaluation.encode_clips import Batches, encode_clips
from keras_av.evaluation.extract_features import average_clips
from keras_av.ops.types import Array


def predict_videos(
    model: keras.Model,
    dataset: Batches,
    key: str | None = "video",
    average: str = "probabilities",
) -> dict[str, Array]:
    """Classify clips and average the probabilities that share an index.

    Video networks are commonly evaluated by the mean of the softmax over
    evenly spaced clips. `keras_av.evaluation.video_scores` computes scores
    from the predictions.

    Args:
        model: A classifier from clips to logits, `(batch, num_classes)`.
        dataset: Dicts of arrays with the key, `index` and `label`. If the key
            is `"audio"` and the batches have `has_audio`, clips without sound
            are left out.
        key: Modality to classify: `"video"`, `"image"` or `"audio"`; None for
            a model that takes the whole batch, such as
            `keras_av.methods.Supervised`. Defaults to `"video"`.
        average: Quantity to average, `"probabilities"` or `"logits"`; use the
            latter for multi-label classifiers. Defaults to `"probabilities"`.

    Returns:
        `probabilities` or `logits`, float32 `(num_videos, num_classes)`;
        `index`, `(num_videos,)`, in ascending order; and `label`,
        `(num_videos,)` or `(num_videos, num_classes)`, if the batches have it.

    Raises:
        ValueError: If a batch has a missing key, no clip is left, or `average`
            is unknown.

    Examples:

    >>> import keras, numpy as np
    >>> from keras_av.evaluation import predict_videos
    >>> model = keras.Sequential([keras.Input((2, 2, 3)),
    ...                           keras.layers.GlobalAveragePooling2D()])
    >>> batch = {"image": np.zeros((4, 2, 2, 3)), "index": [7, 5, 7, 5]}
    >>> found = predict_videos(model, [batch], key="image")
    >>> found["probabilities"].shape, found["index"].tolist()
    ((2, 3), [5, 7])
    """
    if average not in ("probabilities", "logits"):
        raise ValueError(
            f"Received average={average!r}. Expected one of "
            "['probabilities', 'logits']."
        )
    encoded = encode_clips({key: model}, dataset)
    if average == "probabilities" and key in encoded:
        encoded[key] = softmax(encoded[key])
    return average_clips(encoded, key, average)


def softmax(logits: Array) -> Array:
    """Class probabilities of each row of logits."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)
