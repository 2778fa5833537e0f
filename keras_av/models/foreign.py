"""Calling networks of other libraries."""

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from keras_av.ops.types import Tensor


def input_of_foreign(network: keras.Model) -> Any:
    """The one symbolic input of a network of another library.

    Args:
        network: Functional or sequential model that takes a tensor, or a dict
            with one entry, as several networks of keras_hub do.

    Returns:
        The symbolic tensor.

    Raises:
        ValueError: If the network has several inputs or outputs, or none that
            is known.
    """
    counts = [
        len(getattr(network, name, None) or ())
        for name in ("inputs", "outputs")
    ]
    if counts != [1, 1]:
        names = [one.name for one in getattr(network, "inputs", None) or ()]
        raise ValueError(
            f"Received network={network.name!r}, a {type(network).__name__} "
            f"with the inputs {names} and {counts[1]} outputs. Expected a "
            "functional or sequential model with one of each: take the part "
            "that encodes, keras.Model(network.input[...], "
            "network.output[...])."
        )
    return network.inputs[0]


def call_foreign(network: keras.Model, x: Tensor, token: str) -> Tensor:
    """Vectors of a network: maps are averaged, of tokens one may be taken.

    Args:
        network: Network that `input_of_foreign` has accepted.
        x: Its input.
        token: What stands for all tokens, `(batch, tokens, channels)`:
            `"mean"`, or `"class"` for the first one.

    Returns:
        `(batch, channels)`.

    Raises:
        ValueError: If `token` is unknown.
    """
    if token not in ("mean", "class"):
        raise ValueError(
            f"Received token={token!r}. Expected 'mean' or 'class'."
        )
    given = ops.cast(x, network.inputs[0].dtype)
    names = getattr(network, "input", None)
    if not isinstance(network, keras.Sequential) and isinstance(names, Mapping):
        found = network({name: given for name in names})
    else:
        found = network(given)
    (found,) = keras.tree.flatten(found)
    if len(found.shape) == 3 and token == "class":
        return found[:, 0]
    axes = list(range(1, len(found.shape) - 1))
    return ops.mean(found, axes) if axes else found
