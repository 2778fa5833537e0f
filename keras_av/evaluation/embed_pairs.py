"""Embeddings of the same clips in both modalities of a method."""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from keras_av.evaluation.encode_clips import Batches, encode_clips
from keras_av.methods.contrastive.two_tower import TwoTower
from keras_av.ops.types import Array


def embed_pairs(model: TwoTower, dataset: Batches) -> dict[str, Array]:
    """Embed clips with both towers of a contrastive method.

    Args:
        model: A method of `keras_av.methods` with two towers, such as of video
            and audio.
        dataset: Batches with the keys of both, and `index`. If they have
            `has_audio` or `has_text`, clips that lack what the model needs are
            left out.

    Returns:
        Unit vectors `(num_clips, dim)` by the keys of both, and `index`,
        `(num_clips,)`.

    Raises:
        ValueError: If a batch has a missing key, or no clip has both.

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
    return embed_encoded(model, encode_towers(model, dataset))


def encode_towers(model: TwoTower, dataset: Batches) -> dict[str | None, Array]:
    """Run both encoders of a contrastive method on every clip, once.

    Args:
        model: A method of `keras_av.methods` with two towers.
        dataset: Batches, as for `encode_clips`.

    Returns:
        The same as `encode_clips`.
    """
    encoders: dict[str | None, keras.Model] = {
        name: getattr(model, f"{name}_encoder") for name in model.modalities
    }
    return encode_clips(encoders, dataset)


def project(model: TwoTower, encoded: Mapping[Any, Array]) -> dict[str, Array]:
    """Unit vectors of both modalities from the outputs of the encoders.

    Args:
        model: A method of `keras_av.methods` with two towers.
        encoded: Outputs of both encoders.
    """
    return {
        name: keras.ops.convert_to_numpy(
            getattr(model, f"{name}_head")(encoded[name])
        )
        for name in model.modalities
    }


def embed_encoded(
    model: TwoTower, encoded: Mapping[str | None, Array]
) -> dict[str, Array]:
    """Embed encoder outputs of a contrastive method.

    Args:
        model: A method of `keras_av.methods` with two towers.
        encoded: Outputs of both encoders and the clips' metadata, as returned
            by `encode_clips`.

    Returns:
        The same as `embed_pairs`.

    Raises:
        ValueError: If no clip has what both need.
    """
    keep = np.ones(len(encoded.get("index", ())), bool)
    for name in model.modalities:
        keep &= encoded.get(f"has_{name}", keep).astype(bool)
    if not keep.any():
        lacking = "sound and text" if "text" in model.modalities else "sound"
        raise ValueError(
            f"Received a dataset without any clip that has {lacking}. Expected "
            f"at least one clip with {lacking}."
        )
    kept = {name: encoded[name][keep] for name in model.modalities}
    return {**project(model, kept), "index": encoded["index"][keep]}
