"""A network that also gives what its inner layers give."""

from collections.abc import Sequence
from typing import Any

import keras

from keras_av.models.backbone import Backbone
from keras_av.ops.types import Tensor


def with_taps(network: keras.Model, taps: Sequence[str]) -> keras.Model:
    """The same network with the outputs of some of its layers beside its own.

    The layers are shared, not copied. A tap is the name of a layer; a path
    such as `"backbone/stage2"` leads to a layer of a model that serves as a
    layer. The taps of a `keras_av.models.Backbone` have names of their own,
    `"stem"` and `"stage1"` to `"stage4"`.

    Args:
        network: A functional or sequential model, such as those of
            `keras.applications`.
        taps: Names or paths of layers with one output each.

    Returns:
        A functional model whose output is a list: the output of the network,
        then the taps in their order.

    Raises:
        ValueError: The model, or one on the path, is neither functional nor
            sequential; there is no layer of that name; or it is called more
            than once.

    Examples:

    >>> import keras, numpy as np
    >>> from keras_av.models import ResNetBackbone, with_taps
    >>> backbone = ResNetBackbone(10, 4, (32, 32, 3), name="backbone")
    >>> network = keras.Sequential([backbone, keras.layers.Dense(5)])
    >>> tapped = with_taps(network, ["backbone/stage2", "backbone"])
    >>> [tuple(x.shape) for x in tapped(np.zeros((2, 32, 32, 3)))]
    [(2, 5), (2, 4, 4, 8), (2, 32)]
    """
    if not getattr(network, "inputs", None):
        raise ValueError(
            "Layers can be tapped in functional and sequential models that "
            f"are built. Received {network.name!r}, a "
            f"{type(network).__name__}."
        )
    found: dict[str, Any] = {}
    if isinstance(network, Backbone):
        found = {**_layer_outputs(network), **network.taps}
        output = network.output
    else:
        output = _replay(network, taps, found)
    missing = [tap for tap in taps if tap not in found]
    if missing:
        known = network.taps if isinstance(network, Backbone) else ()
        names = [*known, *(layer.name for layer in network.layers)]
        raise ValueError(
            f"{network.name!r} has no layers {missing}. Expected some of "
            f"{names}; a layer of a model inside is `model/layer`."
        )
    values = [found[tap] for tap in taps]
    for tap, value in zip(taps, values):
        if not keras.utils.is_keras_tensor(value):
            raise ValueError(
                f"The layer {tap!r} of {network.name!r} gives {value}. "
                "Expected a layer with one output."
            )
    sequential = isinstance(network, keras.Sequential)
    inputs = network.inputs[0] if sequential else network.input
    return keras.Model(inputs, [output, *values])


def _layer_outputs(network: keras.Model) -> dict[str, Tensor]:
    # The layers of a backbone were made with it: no other call came first.
    return {layer.name: layer.output for layer in network.layers}


def _replay(
    network: keras.Model, taps: Sequence[str], found: dict[str, Any]
) -> Any:
    """Run a network symbolically and note what its tapped layers give.

    Attributes such as `layer.output` will not do: a model that serves as a
    layer has another one there, and so may a layer that is used twice.
    """
    wanted: dict[str, list[str]] = {}
    for tap in taps:
        name, _, rest = tap.partition("/")
        wanted.setdefault(name, []).append(rest)

    def call(layer: keras.layers.Layer, *args: Any, **kwargs: Any) -> Any:
        if layer.name not in wanted:
            return layer(*args, **kwargs)
        if layer.name in called:
            raise ValueError(
                f"{network.name!r} calls its layer {layer.name!r} more than "
                "once: which output to tap is not clear."
            )
        called.add(layer.name)
        inside = [rest for rest in wanted[layer.name] if rest]
        if inside:
            output, *values = with_taps(layer, inside)(*args, **kwargs)
            paths = [f"{layer.name}/{rest}" for rest in inside]
            found.update(zip(paths, values))
        else:
            output = layer(*args, **kwargs)
        found[layer.name] = output
        return output

    called: set[str] = set()
    if isinstance(network, keras.Sequential):
        output = network.inputs[0]
        for layer in network.layers:
            output = call(layer, output)
        return output
    return keras.models.clone_model(
        # Not the network itself, whose optimizer would be cloned as well.
        keras.Model(network.input, network.output),
        input_tensors=network.input,
        clone_function=lambda layer: layer,
        call_function=call,
    ).output
