"""A network that also tells what its layers give."""

from collections.abc import Iterable
from typing import Any

import keras

from keras_av.models.backbone import Backbone
from keras_av.ops.types import Tensor


def with_taps(model: keras.Model, names: Iterable[str]) -> keras.Model:
    """The same network with the outputs of some layers beside its own.

    The layers are shared, not copied, and run once. A tap is the name of a
    layer, or of a feature map of a `Backbone` (`"stage2"`). Inside a
    `keras.Sequential` the layers of models among its own are found too, so
    that a classifier on top of a backbone needs nothing else.

    Args:
        model: A functional or sequential model with one output.
        names: Names of taps. `"logits"` stands for the output of the model.

    Returns:
        A functional model with the same inputs, whose output is a dict of
        `logits` and of the taps by their names.

    Raises:
        ValueError: The model is of another kind, or a name is of no layer or
            of several.

    Examples:

    >>> import keras
    >>> from keras_av.models import with_taps
    >>> model = keras.Sequential(
    ...     [keras.Input((4,)), keras.layers.Dense(3, name="hidden"),
    ...      keras.layers.Dense(2)])
    >>> sorted(with_taps(model, ["hidden"]).output)
    ['hidden', 'logits']
    """
    wanted = [name for name in dict.fromkeys(names) if name != "logits"]
    try:
        (output,) = model.outputs
    except (AttributeError, ValueError, TypeError) as error:
        raise ValueError(
            "Taps are found in a functional or sequential model with one "
            f"output. Received {model.name!r}, a {type(model).__name__}. Wrap "
            "it: inputs = keras.Input(shape); keras.Model(inputs, "
            "model(inputs))."
        ) from error
    own = {name: tap for name, tap in _taps(model).items() if name in wanted}
    nested = [name for name in wanted if name not in own]
    if not nested:
        # A sequence that was never called has no input of its own.
        sequence = isinstance(model, keras.Sequential)
        inputs = model.inputs[0] if sequence else model.input
        return keras.Model(inputs, {**own, "logits": output})
    if not isinstance(model, keras.Sequential):
        raise ValueError(_unknown(model, nested))
    return _through(model, wanted)


def _through(model: keras.Sequential, wanted: list[str]) -> keras.Model:
    """Go through a sequence of layers and open the models among them."""
    inputs = x = model.inputs[0]
    found: dict[str, Tensor] = {}
    for layer in model.layers:
        inside = []
        if isinstance(layer, keras.Model):
            inside = [name for name in wanted if name in _taps(layer)]
        new: dict[str, Tensor] = {}
        if inside:
            new = with_taps(layer, inside)(x)
            x = new.pop("logits")
        else:
            x = layer(x)
        if layer.name in wanted:
            new[layer.name] = x
        twice = sorted(set(new) & set(found))
        if twice:
            raise ValueError(
                f"There are several layers {twice} in {model.name!r}: give "
                "them names of their own."
            )
        found |= new
    missing = [name for name in wanted if name not in found]
    if missing:
        raise ValueError(_unknown(model, missing))
    return keras.Model(inputs, {**found, "logits": x})


def _taps(model: keras.Model) -> dict[str, Any]:
    """Outputs of layers by name, without those inside models among them."""
    found = {}
    for layer in model.layers:
        # A layer that is called several times has several outputs.
        try:
            found[layer.name] = layer.output
        except (AttributeError, ValueError):
            continue
    if isinstance(model, Backbone):
        found |= model.taps
    if isinstance(model, keras.Sequential):
        # The outputs of a model are not those of its place in the sequence.
        for layer in model.layers:
            if isinstance(layer, keras.Model):
                del found[layer.name]
    return found


def _unknown(model: keras.Model, names: list[str]) -> str:
    known = list(_taps(model))
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            known += list(_taps(layer))
    return (
        f"Received the taps {names}, which are not layers of {model.name!r}. "
        f"Expected some of {known}. Layers of a model inside a functional "
        "model are not found: build the outer one on the inner one's output, "
        "keras.Model(inner.input, head(inner.output))."
    )
