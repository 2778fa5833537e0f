"""One descriptor per video or recording, averaged over its clips."""

from collections.abc import Mapping

import keras
import numpy as np

from keras_av.evaluation.encode_clips import Batches, encode_clips
from keras_av.ops.types import Array


def extract_features(
    encoder: keras.Model, dataset: Batches, key: str = "video"
) -> dict[str, Array]:
    """Encode clips and average the descriptors that share an index.

    Args:
        encoder: A model from clips to descriptors, `(batch, dim)`.
        dataset: Dicts of arrays with the key, `index` and optionally `label`.
            If the key is `"audio"` and the batches have `has_audio`, clips
            without sound are left out.
        key: Modality to encode: `"video"`, `"image"` or `"audio"`.

    Returns:
        `features`, float32 `(num_videos, dim)`; `index`, `(num_videos,)`, in
        ascending order; and `label`, `(num_videos,)`, if the batches have it.

    Raises:
        ValueError: If a batch has a missing key, no clip is left, or the
            outputs of the encoder are not vectors.

    Examples:

    >>> import keras, numpy as np
    >>> from keras_av.evaluation import extract_features
    >>> encoder = keras.Sequential([keras.Input((2, 2, 3)),
    ...                             keras.layers.GlobalAveragePooling2D()])
    >>> batch = {"image": np.ones((4, 2, 2, 3)), "index": [7, 5, 7, 5],
    ...          "label": [1, 0, 1, 0]}
    >>> found = extract_features(encoder, [batch], key="image")
    >>> found["features"].shape, found["index"].tolist()
    ((2, 3), [5, 7])
    """
    return average_clips(encode_clips({key: encoder}, dataset), key, "features")


def average_clips(
    encoded: Mapping[str | None, Array], key: str | None, name: str
) -> dict[str, Array]:
    """Average the outputs of clips that share an index.

    Args:
        encoded: Outputs and metadata of the clips, as returned by
            `encode_clips`; the outputs of the key must be vectors.
        key: Key of the outputs to average.
        name: Name of the averages.

    Returns:
        The same as `extract_features`, with the averages under `name`.

    Raises:
        ValueError: If no clip is left, or the outputs are not vectors.
    """
    keep = encoded.get("has_audio", np.zeros(0, bool)).astype(bool)
    if key != "audio":
        keep = np.ones_like(keep)
    if not keep.any():
        raise ValueError(
            f"Received a dataset without any {key!r}. Expected at least one "
            "clip; for 'audio', one whose 'has_audio' is True."
        )
    vectors = encoded[key][keep]
    if vectors.ndim != 2:
        raise ValueError(
            f"Received outputs of shape {vectors.shape}. Expected "
            "(batch, dim): end the model with a global pooling."
        )
    index, first, video = np.unique(
        encoded["index"][keep], return_index=True, return_inverse=True
    )
    total = np.zeros((len(index), vectors.shape[1]))
    np.add.at(total, video, vectors)
    mean = total / np.bincount(video)[:, None]
    found = {name: mean.astype("float32"), "index": index}
    if "label" in encoded:
        found["label"] = encoded["label"][keep][first]
    return found
