"""Weights of the clips of a batch."""

from collections.abc import Mapping

import keras
from keras import ops

from keras_av.ops.types import Tensor


def clip_weights(
    batch: Mapping[str, Tensor],
    labelled: bool = False,
    with_audio: bool = False,
    with_text: bool = False,
) -> Tensor:
    """Weights of the clips of a batch in a mean such as a loss.

    The product of those of these factors that the batch has: its
    `sample_weight`; 0 for clips without a label (`label < 0`) if labels are
    needed, or with several labels a clip, if one of them is negative; 0 for
    clips without sound (`has_audio` False) if sound is needed; 0 for clips in
    which nothing is said (`has_text` False) if text is needed.

    Args:
        batch: Dict of tensors `(batch, ...)`.
        labelled: Whether clips without a label get weight 0. Defaults to
            False.
        with_audio: Whether clips without sound get weight 0. Defaults to
            False.
        with_text: Whether clips without text get weight 0. Defaults to False.

    Returns:
        Weights, `(batch,)`, float32.

    Examples:

    >>> import numpy as np
    >>> from keras_av.training import clip_weights
    >>> batch = {"label": np.array([0, -1, 2]),
    ...          "has_audio": np.array([True, True, False]),
    ...          "sample_weight": np.array([0.5, 1.0, 2.0])}
    >>> [float(weight) for weight in clip_weights(batch, labelled=True)]
    [0.5, 0.0, 2.0]
    >>> [float(weight) for weight in clip_weights(batch, with_audio=True)]
    [0.5, 1.0, 0.0]
    """
    count = ops.shape(keras.tree.flatten(dict(batch))[0])[0]
    weights = ops.ones((count,), "float32")
    if "sample_weight" in batch:
        weights = weights * ops.cast(batch["sample_weight"], "float32")
    if labelled:
        known = batch["label"] >= 0
        if len(known.shape) > 1:
            known = ops.all(known, axis=tuple(range(1, len(known.shape))))
        weights = weights * ops.cast(known, "float32")
    for asked, key in ((with_audio, "has_audio"), (with_text, "has_text")):
        if asked and key in batch:
            weights = weights * ops.cast(batch[key], "float32")
    return weights
