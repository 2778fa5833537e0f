"""Tensors of a batch by key."""

from collections.abc import Collection, Mapping
from typing import Any

from keras_av.models.clip_shape import check_clip_shape
from keras_av.ops.types import Tensor

# Advice on where each key comes from.
_CLIPS = "`keras_av.data.clips` gives "
_ADVICE = {
    "index": _CLIPS + "`index` always.",
    "label": _CLIPS + "`label` if the manifest has classes.",
    "video": _CLIPS + "`video` if the ClipSpec has num_frames > 0.",
    "audio": _CLIPS + "`audio` if the ClipSpec has audio_seconds > 0.",
    "text": _CLIPS + "`text` if it is given transcripts and a tokenizer.",
    **dict.fromkeys(
        ("image_features", "audio_features", "mask"),
        "`keras_av.data.feature_sequences` returns such batches.",
    ),
}


def check_keys(
    reader: str, batch: Mapping[str, Any], keys: Collection[str]
) -> None:
    """Raise a helpful error if a batch has a missing key.

    Args:
        reader: Name of the model that reads the batch, for the message.
        batch: Tensors or arrays by key.
        keys: Required keys.

    Raises:
        ValueError: If a key is missing.

    Examples:

    >>> from keras_av.models.batch_keys import check_keys
    >>> check_keys("Supervised", {"video": 0}, ["video", "label"])
    Traceback (most recent call last):
        ...
    ValueError: Supervised reads the keys ['label', 'video']. Received ...
    """
    missing = sorted(set(keys) - set(batch))
    if missing:
        advice = dict.fromkeys(_ADVICE.get(key, "") for key in missing)
        raise ValueError(
            f"{reader} reads the keys {sorted(keys)}. Received a batch with "
            f"{sorted(batch)}, without {missing}. {' '.join(advice)}".strip()
        )


def take_key(
    reader: str, batch: Mapping[str, Tensor], key: str, network: Any = None
) -> Tensor:
    """Get a tensor from a batch, with a helpful error if it does not fit.

    Args:
        reader: Name of the model that reads the batch, for the message.
        batch: Tensors by key.
        key: Key of the tensor.
        network: Network that takes it. Defaults to none.

    Raises:
        ValueError: If the key is missing, or if the network takes another
            shape.
    """
    check_keys(reader, batch, [key])
    check_clip_shape(network, key, batch[key])
    return batch[key]
