"""Encodings of clips, shared by all probes after an epoch."""

import hashlib
import weakref
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from keras_av.evaluation.encode_clips import Batches, encode_clips
from keras_av.ops.types import Array

# For each model, by the id of the clips: the clips themselves, so that their
# id is not reused; the encoders and weight digests by modality; the outputs.
_KEPT: weakref.WeakKeyDictionary[
    keras.Model,
    dict[int, tuple[Any, dict[str | None, Any], dict[str | None, Array]]],
] = weakref.WeakKeyDictionary()


def encodings(
    model: keras.Model,
    clips: Batches,
    modalities: Sequence[str],
    verbose: bool = True,
) -> dict[str | None, Array]:
    """Encode clips with the encoders of a model.

    Clips that another probe has already encoded with the same weights are not
    encoded again.

    Args:
        model: Model with an encoder for each modality, such as
            `video_encoder`.
        clips: Batches in the same order on every pass.
        modalities: Names among `"video"` and `"audio"`.
        verbose: Whether to show progress. Defaults to True.

    Returns:
        The same as `keras_av.evaluation.encode_clips`; it may hold more
        modalities.
    """
    kept = _KEPT.setdefault(model, {})
    _, made_by, found = kept.get(id(clips), (clips, {}, {}))
    encoders: dict[str | None, keras.Model] = {
        name: getattr(model, f"{name}_encoder") for name in modalities
    }
    now = {name: (one, _digest(one)) for name, one in encoders.items()}
    missing = [name for name in modalities if made_by.get(name) != now[name]]
    if missing:
        fresh = encode_clips(
            {name: encoders[name] for name in missing}, clips, verbose
        )
        if found and not np.array_equal(fresh["index"], found["index"]):
            # Rows in another order would not match those encoded earlier.
            fresh = encode_clips(dict(encoders), clips, verbose)
            made_by, found = {}, {}
        made_by, found = {**made_by, **now}, {**found, **fresh}
        kept[id(clips)] = clips, made_by, found
    return found


def forget(model: keras.Model) -> None:
    """Discard the cached encodings of a model.

    Args:
        model: Model that was probed.
    """
    _KEPT.pop(model, None)


def _digest(encoder: keras.Model) -> bytes:
    """Digest of all weights, which may change between two probes."""
    digest = hashlib.blake2b()
    for weight in encoder.get_weights():
        digest.update(np.ascontiguousarray(weight).tobytes())
    return digest.digest()
