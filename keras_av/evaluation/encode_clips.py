"""Model outputs for the clips of a dataset, in one pass."""

from collections.abc import Iterable, Mapping
from typing import Any

import keras
import numpy as np

from keras_av.models.own_inputs import own_inputs
from keras_av.ops.joined_batches import joined_batches
from keras_av.ops.predict_batch import predict_batch
from keras_av.ops.progress import Progress, known_length
from keras_av.ops.types import Array

Batches = Iterable[Mapping[str, Any]]


def encode_clips(
    models: Mapping[str | None, keras.Model],
    dataset: Batches,
    verbose: bool = True,
) -> dict[str | None, Array]:
    """Run models once on every clip of a dataset.

    Args:
        models: Models by the key of their input, such as `"audio"` or
            `"text"`, or None for a model that takes the whole batch.
        dataset: Dicts of arrays with these keys and `index`.
        verbose: Whether to show progress. Defaults to True.

    Returns:
        A dict with the outputs by the same keys, float32 `(num_clips, ...)`,
        and `"index"`, `"has_audio"` and, if the batches have them,
        `"has_text"` and `"label"`. Empty if there are no clips.

    Raises:
        ValueError: If a batch has a missing key.

    Examples:

    >>> import keras, numpy as np
    >>> from keras_av.evaluation.encode_clips import encode_clips
    >>> encoder = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    >>> batch = {"audio": np.ones((3, 4)), "index": np.arange(3)}
    >>> found = encode_clips({"audio": encoder}, [batch])
    >>> found["audio"].shape, found["has_audio"].tolist()
    ((3, 2), [True, True, True])
    """
    parts: dict[str | None, list[Array]] = {}
    progress = Progress("encode", known_length(dataset), "batches", verbose)
    for batch, size in joined_batches(progress.over(dataset)):
        _check(batch, [key for key in (*models, "index") if key is not None])
        known = {"has_audio": np.ones(len(batch["index"]), bool), **batch}
        found: dict[str | None, Array] = {
            name: known[name]
            for name in ("index", "has_audio", "has_text", "label")
            if name in known
        }
        for key, model in models.items():
            clips: Any = own_inputs(model, batch) if key is None else batch[key]
            values = predict_batch(model, clips, size)
            found[key] = np.asarray(values, "float32")
        for name, value in found.items():
            parts.setdefault(name, []).append(value)
    return {name: np.concatenate(values) for name, values in parts.items()}


def _check(batch: Mapping[str, Any], keys: list[str]) -> None:
    missing = [key for key in keys if key not in batch]
    if missing:
        raise ValueError(
            f"Received a batch with the keys {sorted(batch)}. Expected "
            f"{missing} among them: add them to the dataset, or choose other "
            "keys."
        )
