"""Embeddings of sight and sound of the same moments."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from keras_av.methods.contrastive.two_tower import MODALITIES, TwoTower
from keras_av.ops.types import Array


def embed_pairs(
    model: TwoTower, dataset: Iterable[Mapping[str, Any]]
) -> dict[str, Array]:
    """Embed clips by both towers of a contrastive method.

    Args:
        model: A method of `keras_av.methods` with a video and an audio tower.
        dataset: Batches with `video`, `audio` and `index`. With `has_audio`,
            clips without sound are left out.

    Returns:
        `video` and `audio`, unit vectors `(num_clips, dim)`, and `index`,
        `(num_clips,)`.

    Raises:
        ValueError: A batch lacks a key, or no clip has sound.

    Examples:

    >>> import keras, numpy as np
    >>> from keras_av.evaluation import embed_pairs
    >>> from keras_av.methods import CrossModalContrastive
    >>> towers = [keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    ...           for _ in range(2)]
    >>> model = CrossModalContrastive(*towers)
    >>> batch = {"video": np.ones((3, 4)), "audio": np.ones((3, 4)),
    ...          "index": np.arange(3)}
    >>> embed_pairs(model, [batch])["audio"].shape
    (3, 128)
    """
    parts: dict[str, list[Array]] = {m: [] for m in (*MODALITIES, "index")}
    for batch in dataset:
        missing = [name for name in parts if name not in batch]
        if missing:
            raise ValueError(
                f"Expected batches with {sorted(parts)}. Received the keys "
                f"{sorted(batch)}, without {missing}."
            )
        index = np.asarray(batch["index"])
        keep = np.asarray(batch.get("has_audio", np.ones(len(index))), bool)
        inputs = {name: np.asarray(batch[name]) for name in MODALITIES}
        outputs = model.predict(inputs, batch_size=len(index), verbose=0)
        for name in MODALITIES:
            parts[name].append(outputs[name][keep])
        parts["index"].append(index[keep])
    if not sum(map(len, parts["index"])):
        raise ValueError(
            "Received a dataset without any clip that has sound. Expected at "
            "least one."
        )
    return {name: np.concatenate(values) for name, values in parts.items()}
