"""Clips encoded once for all probes of a moment."""

import hashlib
import weakref
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from keras_av.evaluation.encode_clips import Batches, encode_clips
from keras_av.ops.types import Array

# Of each model, by the id of the clips: the clips, which thereby keep their
# id; by modality the encoder and the digest of its weights; what they gave.
_KEPT: weakref.WeakKeyDictionary[
    keras.Model,
    dict[int, tuple[Any, dict[str | None, Any], dict[str | None, Array]]],
] = weakref.WeakKeyDictionary()


def encodings(
    model: keras.Model, clips: Batches, modalities: Sequence[str]
) -> dict[str | None, Array]:
    """What the encoders of a model give for clips.

    Clips that a probe before had encoded, with the same weights, are not
    encoded again.

    Args:
        model: Model with an encoder for each modality, `video_encoder` and
            so on.
        clips: Batches in the same order at every pass.
        modalities: Names among `"video"` and `"audio"`.

    Returns:
        As `keras_av.evaluation.encode_clips`; it may hold more modalities.
    """
    kept = _KEPT.setdefault(model, {})
    _, made_by, found = kept.get(id(clips), (clips, {}, {}))
    encoders: dict[str | None, keras.Model] = {
        name: getattr(model, f"{name}_encoder") for name in modalities
    }
    now = {name: (one, _digest(one)) for name, one in encoders.items()}
    missing = [name for name in modalities if made_by.get(name) != now[name]]
    if missing:
        fresh = encode_clips({name: encoders[name] for name in missing}, clips)
        if found and not np.array_equal(fresh["index"], found["index"]):
            # Rows in another order do not fit those encoded before.
            fresh, made_by, found = encode_clips(dict(encoders), clips), {}, {}
        made_by, found = {**made_by, **now}, {**found, **fresh}
        kept[id(clips)] = clips, made_by, found
    return found


def forget(model: keras.Model) -> None:
    """Encode the clips of a model anew from now on.

    Args:
        model: Model of probes.
    """
    _KEPT.pop(model, None)


def _digest(encoder: keras.Model) -> bytes:
    """Of all weights, which may change between two probes."""
    digest = hashlib.blake2b()
    for weight in encoder.get_weights():
        digest.update(np.ascontiguousarray(weight).tobytes())
    return digest.digest()
