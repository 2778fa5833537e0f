"""The shape of clips that a network takes."""

from typing import Any

import keras

from keras_av.ops.types import Tensor

# What of a ClipSpec gives the shape of an input.
_SPECIFIED = {
    "video": "spec.video_shape",
    "audio": "spec.audio_shape",
    "image": "(spec.size, spec.size, 3)",
}


def check_clip_shape(reader: Any, key: str, clips: Tensor) -> None:
    """Raise an error if clips have another shape than a network takes.

    Args:
        reader: Network that reads the clips. One that does not know the shape
            of its input, or has several inputs, is not asked.
        key: Key of the clips in a batch.
        clips: Tensor, `(batch, ...)`.

    Raises:
        ValueError: If the shapes differ.

    Examples:

    >>> import keras, numpy as np
    >>> from keras_av.models.clip_shape import check_clip_shape
    >>> encoder = keras.Sequential(
    ...     [keras.Input((8000,)), keras.layers.Dense(4)], name="hear")
    >>> check_clip_shape(encoder, "audio", np.zeros((4, 16000)))
    Traceback (most recent call last):
        ...
    ValueError: The network 'hear' takes `audio` of the shape (8000,). ...
    """
    known = isinstance(reader, keras.Model) and reader.built
    expected = getattr(reader, "input_shape", None) if known else None
    if not isinstance(expected, tuple):
        return
    own, found = expected[1:], tuple(clips.shape)[1:]
    # Of other ranks Keras adds or takes an axis, or tells.
    if len(own) != len(found) or all(
        one is None or other is None or one == other
        for one, other in zip(own, found)
    ):
        return
    advice = _SPECIFIED.get(key)
    wanted = f": build it for {advice} of that one" if advice else ""
    raise ValueError(
        f"The network {reader.name!r} takes `{key}` of the shape {own}. "
        f"Received clips of {found}. Expected a network for the ClipSpec that "
        f"the clips are read with{wanted}."
    )
