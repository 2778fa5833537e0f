"""Pooling of a sequence of vectors, by name."""

import keras

from keras_av.layers.sequences.attention_pooling import AttentionPooling


def sequence_pooling(name: str) -> keras.layers.Layer:
    """Make a layer from `(batch, entries, channels)` to `(batch, channels)`.

    Args:
        name: `"mean"`, `"max"` or `"attention"`.

    Returns:
        A layer with a float32 result.

    Raises:
        ValueError: If the name is unknown.

    Examples:

    >>> import numpy as np
    >>> from keras_av.models.sequence_pooling import sequence_pooling
    >>> entries = np.array([[[1.0], [5.0]]], "float32")
    >>> float(sequence_pooling("max")(entries)[0, 0])
    5.0
    """
    layers = {
        "mean": keras.layers.GlobalAveragePooling1D,
        "max": keras.layers.GlobalMaxPooling1D,
        "attention": AttentionPooling,
    }
    if name not in layers:
        raise ValueError(
            f"Received pooling={name!r}. Expected one of {list(layers)}."
        )
    return layers[name](dtype="float32", name="pool")
