"""Classes of whole videos, from several clips of each."""

import keras
import numpy as np

from keras_av.evaluation.extract_features import Batches, average_clips
from keras_av.ops.types import Array


def predict_videos(
    model: keras.Model, dataset: Batches, key: str = "video"
) -> dict[str, Array]:
    """Classify clips and average the probabilities of those of one index.

    The mean of the softmax over evenly spread clips is how video networks are
    commonly tested.

    Args:
        model: A classifier from clips to logits, `(batch, num_classes)`.
        dataset: Dicts of arrays with the key, `index` and `label`. With
            `has_audio` and the key `"audio"`, clips without sound are left
            out.
        key: What is classified: `"video"`, `"image"` or `"audio"`.

    Returns:
        `probabilities`, float32 `(num_videos, num_classes)`; `index`,
        `(num_videos,)`, in ascending order; and `label`, `(num_videos,)`, if
        the batches have it.

    Raises:
        ValueError: A batch lacks a key, or nothing is left.

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
    found = average_clips(model, dataset, key, _softmax)
    found["probabilities"] = found.pop("mean")
    return found


def _softmax(logits: Array) -> Array:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
