"""Loading of weights of PyTorch networks."""

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import keras
import numpy as np

from keras_av.models.weights.torch_file import as_array, read_torch_weights
from keras_av.models.weights.torch_layers import torch_tensors
from keras_av.ops.types import Array


def load_torch_weights(
    model: keras.Model,
    state: Mapping[str, Any] | str | os.PathLike[str],
    *,
    prefix: str = "",
    rename: Mapping[str, str] | None = None,
    skip: Sequence[str] = (),
) -> list[str]:
    """Load the weights of the same network in PyTorch into a model.

    Modules are matched with the layers of the model by name, with `_` instead
    of `.`: `ResNetBackbone`, `R2Plus1DBackbone` and `ResNet3DBackbone` have the
    names of the published networks. A class head is kept if the model has a
    layer of its name, and dropped otherwise; to give the network another one,
    name it in `skip`.

    PyTorch is only required for its own files: a state dict is a mapping from
    names to arrays, too, such as one written by `numpy.savez`.

    Args:
        model: A backbone, or another model of convolutions, dense layers and
            normalizations with matching names. Its `preprocessor` has no
            counterpart and is left as it is.
        state: Tensors or arrays by name, in the layouts of PyTorch, or the
            path of a file of them; see `read_torch_weights`.
        prefix: Beginning of the names of the network, such as
            `"module.encoder_q."`, which is removed; others are unused.
            Defaults to none.
        rename: Beginnings of names, without the prefix, and what takes their
            place. Defaults to none.
        skip: Names of layers that keep the weights that they have. Defaults to
            none.

    Returns:
        Unused names in `state`, such as those of the classifier.

    Raises:
        ValueError: If a weight of the model is missing, has another shape or
            no finite numbers, two modules have the same name, or the model has
            layers of an unknown kind. The model is then left unchanged.

    Examples:

    >>> import keras, numpy as np
    >>> from keras_av.models import load_torch_weights
    >>> model = keras.Sequential(
    ...     [keras.Input((8, 8, 3)), keras.layers.Conv2D(
    ...         4, 3, use_bias=False, name="layer1_conv"),
    ...      keras.layers.Flatten(), keras.layers.Dense(2, name="fc")]
    ... )
    >>> state = {"net.layer1.conv.weight": np.ones((4, 3, 3, 3)),
    ...          "net.fc.weight": np.zeros((1000, 144))}
    >>> load_torch_weights(model, state, prefix="net.", skip=["fc"])
    ['net.fc.weight']
    """
    if not isinstance(state, Mapping):
        state = read_torch_weights(state)
    names = _names(state, prefix, rename or {})
    layers = {layer.name: layer for layer in _leaves(model)}
    unknown = sorted(set(skip) - set(layers))
    if unknown:
        raise ValueError(
            f"Received skip={unknown}. Expected layers with weights: "
            f"{list(layers)}."
        )
    used = set()
    found = []
    for layer in layers.values():
        if layer.name in skip:
            continue
        arrays = []
        for tensor, convert in torch_tensors(layer).items():
            name = names.get((layer.name, tensor))
            if name is None:
                raise ValueError(
                    f"Received a state without '{layer.name}.{tensor}', which "
                    "the model needs. Expected the state dict of the same "
                    "network: compare depth, variant, prefix and rename, or "
                    "name the layer in skip."
                )
            arrays.append(_checked(convert, as_array(state[name]), name))
            used.add(name)
        _check_shapes(layer, arrays)
        found.append((layer, arrays))
    for layer, arrays in found:
        layer.set_weights(arrays)
    return [name for name in state if name not in used]


def _names(
    state: Mapping[str, Any], prefix: str, rename: Mapping[str, str]
) -> dict[tuple[str, str], str]:
    """Names in the state by layer and tensor.

    Raises:
        ValueError: If two names are the same, or none has the prefix.
    """
    names: dict[tuple[str, str], str] = {}
    for name in state:
        if not name.startswith(prefix):
            continue
        rest = name.removeprefix(prefix)
        for begin, new in rename.items():
            if rest.startswith(begin):
                rest = new + rest.removeprefix(begin)
                break
        module, _, tensor = rest.rpartition(".")
        key = (module.replace(".", "_"), tensor)
        if key in names:
            raise ValueError(
                f"Received {names[key]!r} and {name!r}, which are both the "
                f"{tensor!r} of {key[0]!r}. Expected one: change rename."
            )
        names[key] = name
    if not names:
        raise ValueError(
            f"Received prefix={prefix!r}. Expected the beginning of one of "
            f"{list(state)[:5]} ..."
        )
    return names


def _leaves(model: keras.Model) -> Iterator[keras.layers.Layer]:
    """Layers with weights, also of models in the model."""
    for layer in model.layers:
        if not layer.weights or layer is getattr(model, "preprocessor", None):
            continue
        if isinstance(layer, keras.Model):
            yield from _leaves(layer)
        else:
            yield layer


def _checked(convert: Any, array: Array, name: str) -> Array:
    """A converted array.

    Raises:
        ValueError: If it holds something else than finite numbers, or has too
            few axes.
    """
    if array.dtype.kind not in "fiu":
        raise ValueError(
            f"Received {name!r} of dtype {array.dtype}. Expected numbers."
        )
    array = array.astype("float32")
    if not np.isfinite(array).all():
        raise ValueError(
            f"Received {name!r} with values that are NaN or infinite. "
            "Expected finite numbers: the file is damaged."
        )
    try:
        return np.asarray(convert(array))
    except (IndexError, ValueError) as error:
        raise ValueError(
            f"Received {name!r} of shape {array.shape}. Expected a tensor of "
            f"another rank: {error}"
        ) from error


def _check_shapes(layer: keras.layers.Layer, arrays: list[Array]) -> None:
    received = [array.shape for array in arrays]
    expected = [tuple(weight.shape) for weight in layer.weights]
    if received != expected:
        raise ValueError(
            f"Received weights of shapes {received} for the layer "
            f"{layer.name!r}. Expected {expected}: compare width, channels and "
            "classes, or name the layer in skip."
        )
