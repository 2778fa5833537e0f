"""One descriptor for each video or recording, averaged over its clips."""

from collections.abc import Mapping

import keras
import numpy as np

from keras_av.evaluation.encode_clips import Batches, encode_clips
from keras_av.ops.types import Array


def extract_features(
    encoder: keras.Model, dataset: Batches, key: str = "video"
) -> dict[str, Array]:
    """Encode clips and average the descriptors of those of the same index.

    Args:
        encoder: A model from clips to descriptors, `(batch, dim)`.
        dataset: Dicts of arrays with the key, `index` and, where there are
            classes, `label`. With `has_audio` and the key `"audio"`, clips
            without sound are left out.
        key: Modality to encode: `"video"`, `"image"` or `"audio"`.

    Returns:
        `features`, float32 `(num_videos, dim)`; `index`, `(num_videos,)`, in
        ascending order; and `label`, `(num_videos,)`, if the batches have it.

    Raises:
        ValueError: A batch lacks a key, nothing is left, or the encoder gives
            no descriptors.

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
    """Average the outputs for clips of the same index.

    Args:
        encoded: Outputs and what is known of the clips, as `encode_clips`
            gives them; those by the key must be vectors.
        key: Key of the outputs to average.
        name: Name of the averages.

    Returns:
        As `extract_features`, with the averages under their name.

    Raises:
        ValueError: Nothing is left, or the outputs are no vectors.
    """
    keep = encoded.get("has_audio", np.zeros(0, bool)).astype(bool)
    if key != "audio":
        keep = np.ones_like(keep)
    if not keep.any():
        raise ValueError(
            f"Received a dataset without any {key!r}. Expected at least one "
            "clip, for 'audio' one whose 'has_audio' is True."
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
