"""A network as a server or a phone calls it."""

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from keras_av.export.portable import portable
from keras_av.models.image_audio import ImageAudioEncoder
from keras_av.models.input_of import input_of

_NAMES = {5: "video", 4: "image", 2: "audio"}


def serving_model(model: keras.Model, format: str | None = None) -> keras.Model:
    """Give a network named inputs, 8-bit for frames, and one output.

    Frames are 8-bit where the network has a preprocessor that scales them. An
    `ImageAudioEncoder` takes `image`, `audio` and `has_audio`, whichever its
    encoders need, and gives the fused descriptor.

    Args:
        model: A functional or sequential model with one output, or an
            `ImageAudioEncoder`.
        format: Format that it is written in; see `portable`. Defaults to
            none: the layers are those of the model.

    Returns:
        A functional model.

    Raises:
        ValueError: If the inputs of the model are not known, or it has several
            outputs.

    Examples:

    >>> from keras_av.export.serving_model import serving_model
    >>> from keras_av.models import listen_to_look_image
    >>> served = serving_model(listen_to_look_image(32, depth=10, width=2))
    >>> [(one.name, one.dtype) for one in served.inputs]
    [('image', 'uint8')]
    """
    fused = isinstance(model, ImageAudioEncoder)
    if not fused:
        _check(model)
    inputs = _inputs(model)
    network = model if format is None else portable(model, format)
    if fused:
        outputs = network(inputs)["fused"]
    else:
        floats = [
            ops.cast(given, wanted.dtype)
            for given, wanted in zip(inputs.values(), model.inputs)
        ]
        outputs = network(
            keras.tree.pack_sequence_as(input_of(network), floats)
        )
    # A list, since not every format knows names of several inputs.
    given = list(inputs.values())
    return keras.Model(given if given[1:] else given[0], outputs)


def as_called(served: keras.Model, batch: Mapping[str, Any]) -> Any:
    """Arguments of a call of a model that `serving_model` has made.

    Args:
        served: The model.
        batch: Arrays by the name of the input.
    """
    given = [batch[one.name] for one in served.inputs]
    return given if given[1:] else given[0]


def _inputs(model: keras.Model) -> dict[str, Any]:
    if isinstance(model, ImageAudioEncoder):
        encoders = {"image": model.image_encoder, "audio": model.audio_encoder}
        made = {
            name: _input(encoder, encoder.inputs[0], name)
            for name, encoder in encoders.items()
            if encoder is not None
        }
        if "audio" in made:
            made["has_audio"] = keras.Input((), dtype="bool", name="has_audio")
        return made
    if len(model.inputs) == 1:
        (only,) = model.inputs
        name = _NAMES.get(len(only.shape), "inputs")
        return {name: _input(model, only, name)}
    return {one.name: _input(model, one, one.name) for one in model.inputs}


def _input(model: keras.Model, like: Any, name: str) -> Any:
    scaled = getattr(model, "preprocessor", None) is not None
    frames = scaled and len(like.shape) in (4, 5)
    dtype = "uint8" if frames else like.dtype
    return keras.Input(like.shape[1:], dtype=dtype, name=name)


def _check(model: keras.Model) -> None:
    outputs = getattr(model, "outputs", None)
    if not outputs or len(outputs) != 1:
        what = f"{len(outputs)} outputs" if outputs else "no known inputs"
        raise ValueError(
            f"Received model={model.name!r}, a {type(model).__name__} with "
            f"{what}. Expected a functional model with one output, such as a "
            "backbone, or an ImageAudioEncoder: export the network that a "
            "method has trained, or wrap one with keras.Model(inputs, output)."
        )
