"""One descriptor for each video or recording, averaged over its clips."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import keras
import numpy as np

from keras_av.models.own_inputs import own_inputs
from keras_av.ops.types import Array

Batches = Iterable[Mapping[str, Any]]


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
    found = average_clips(encoder, dataset, key, lambda outputs: outputs)
    found["features"] = found.pop("mean")
    return found


def average_clips(
    model: keras.Model,
    dataset: Batches,
    key: str | None,
    transform: Callable[[Array], Array],
) -> dict[str, Array]:
    """Average the transformed outputs of a model over clips of one index.

    Args:
        model: A model from clips to vectors.
        dataset: Batches, as for `extract_features`.
        key: Modality, as for `extract_features`, or None: the model takes the
            batch.
        transform: Applied to the outputs, `(batch, dim)`, before the average.

    Returns:
        As `extract_features`, with `mean` in place of `features`.
    """
    outputs, fields = [], []
    for batch in dataset:
        for name in (key, "index"):
            if name is not None and name not in batch:
                raise ValueError(
                    f"Received a batch with the keys {sorted(batch)}. Expected "
                    f"{name!r} among them: make it part of the dataset, or "
                    "pass another `key`."
                )
        if key is None:
            arrays = {name: np.asarray(value) for name, value in batch.items()}
            clips: Any = own_inputs(model, arrays)
        else:
            clips = np.asarray(batch[key])
        # `predict_on_batch` gives every row once for each replica.
        size = len(batch["index"])
        values = model.predict(clips, batch_size=size, verbose=0)
        if np.ndim(values) != 2:
            raise ValueError(
                f"Received outputs of shape {np.shape(values)}. Expected "
                "(batch, dim): end the model with a global pooling."
            )
        keep = _kept(batch, key)
        outputs.append(transform(np.asarray(values, "float32"))[keep])
        names = ("index", "label") if "label" in batch else ("index",)
        fields.append({name: np.asarray(batch[name])[keep] for name in names})
    if not sum(map(len, outputs)):
        raise ValueError(
            f"Received a dataset without any {key!r}. Expected at least one "
            "clip, for 'audio' one whose 'has_audio' is True."
        )
    columns = {
        name: np.concatenate([field[name] for field in fields])
        for name in fields[0]
    }
    return _averaged(np.concatenate(outputs), columns)


def _averaged(vectors: Array, columns: Mapping[str, Array]) -> dict[str, Array]:
    """Means of the rows of one index, with that index and its label."""
    index, first, video = np.unique(
        columns["index"], return_index=True, return_inverse=True
    )
    total = np.zeros((len(index), vectors.shape[1]))
    np.add.at(total, video, vectors)
    mean = total / np.bincount(video)[:, None]
    found = {"mean": mean.astype("float32"), "index": index}
    if "label" in columns:
        found["label"] = columns["label"][first]
    return found


def _kept(batch: Mapping[str, Any], key: str | None) -> Array:
    if key == "audio" and "has_audio" in batch:
        return np.asarray(batch["has_audio"], bool)
    return np.ones(len(batch["index"]), bool)
