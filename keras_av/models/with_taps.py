"""A model that also returns outputs of its layers."""

from collections.abc import Iterable
from typing import Any

import keras

from keras_av.models.backbone import Backbone
from keras_av.models.input_of import input_of
from keras_av.ops.types import Tensor


def with_taps(model: keras.Model, names: Iterable[str]) -> keras.Model:
    """Make a model that also returns the outputs of some of its layers.

    The layers are shared, not copied, and run once. A tap is the name of a
    layer, or of a feature map of a `Backbone` such as `"stage2"`. Layers of
    nested models are found as well, such as those of a backbone below a
    classifier.

    Args:
        model: A functional or sequential model with one output.
        names: Names of taps. `"logits"` is the output of the model.

    Returns:
        A functional model with the same inputs, whose output is a dict of
        `logits` and of the taps by name.

    Raises:
        ValueError: If the model is of another kind, or a name matches no
            layer, several layers, or one that is called more than once or has
            several outputs.

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
    unknown = [name for name in wanted if name not in _names(model)]
    if unknown:
        raise ValueError(
            f"Received the taps {unknown}, which are not layers of "
            f"{model.name!r}. Expected some of {_names(model)}."
        )
    if isinstance(model, Backbone):
        # Its layers are created with it, so they have no earlier calls.
        own = {layer.name: layer.output for layer in model.layers}
        found = {name: {**own, **model.taps}[name] for name in wanted}
    else:
        found = {}
        output = _replay(model, wanted, found)
    return keras.Model(input_of(model), {**found, "logits": output})


def _replay(
    model: keras.Model, wanted: list[str], found: dict[str, Tensor]
) -> Tensor:
    """Run a model symbolically and record the outputs of tapped layers.

    `layer.output` does not work: it belongs to the first call of the layer,
    which may be in another model, and for a nested model it is inside that
    model.
    """

    def call(layer: keras.layers.Layer, *args: Any, **kwargs: Any) -> Any:
        inside = []
        if isinstance(layer, keras.Model):
            inside = [name for name in wanted if name in _names(layer)]
        new: dict[str, Any] = {}
        if inside:
            new = with_taps(layer, inside)(*args, **kwargs)
            output = new.pop("logits")
        else:
            output = layer(*args, **kwargs)
        if layer.name in wanted:
            new[layer.name] = output
        _add(model, found, new)
        return output

    if isinstance(model, keras.Sequential):
        x = model.inputs[0]
        for layer in model.layers:
            x = call(layer, x)
        return x
    replayed = keras.models.clone_model(
        # Without the optimizer, which would be cloned as well.
        keras.Model(model.input, model.output),
        input_tensors=model.input,
        clone_function=lambda layer: layer,
        call_function=call,
    )
    return replayed.outputs[0]


def _add(
    model: keras.Model, found: dict[str, Tensor], new: dict[str, Any]
) -> None:
    for name, value in new.items():
        if name in found:
            raise ValueError(
                f"There are several layers {name!r} in {model.name!r}, or one "
                "that is called several times: give them unique names."
            )
        if not keras.utils.is_keras_tensor(value):
            raise ValueError(
                f"The layer {name!r} of {model.name!r} has several outputs, "
                f"{value}. Expected one."
            )
        found[name] = value


def _names(model: keras.Model) -> list[str]:
    """Names of the layers, including those of nested models."""
    names = list(model.taps) if isinstance(model, Backbone) else []
    for layer in model.layers:
        names.append(layer.name)
        # Models without a graph cannot be inspected.
        if isinstance(layer, keras.Model) and getattr(layer, "inputs", None):
            names += _names(layer)
    return names
