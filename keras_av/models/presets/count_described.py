"""Sizes of models that are only described, without memory for them."""

import copy
import math
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import keras

from keras_av.ops.bounded_tensors import bounded_tensors


def count_described(model_class: Any, config: dict[str, Any]) -> int:
    """The number of weights of a model, before there is memory for them.

    A few bytes of a config may ask for all memory of the machine.

    Args:
        model_class: Class of the model.
        config: Its config.

    Returns:
        How many numbers the model is made of.

    Raises:
        ValueError: If a layer takes gigabytes only to be described.

    Examples:

    >>> from keras_av.models import ResNetBackbone
    >>> from keras_av.models.presets.count_described import count_described
    >>> config = ResNetBackbone(10, 2, (32, 32, 3)).get_config()
    >>> count_described(ResNetBackbone, {**config, "width": 10**6})
    1194000327000000
    """
    state = random.getstate()
    # Keras keeps variables without values in a list of the thread, to give
    # them values at some later time: the list must go with its thread.
    with ThreadPoolExecutor(1) as thread:
        found = thread.submit(
            _count, model_class, config, _known(config), _is_unsafe()
        )
    # What is drawn afterwards must not depend on this.
    random.setstate(state)
    return found.result()


def _count(
    model_class: Any,
    config: dict[str, Any],
    known: dict[str, Any],
    unsafe: bool,
) -> int:
    if unsafe:
        # For this thread.
        keras.config.enable_unsafe_deserialization()
    with (
        keras.utils.custom_object_scope(known),
        keras.StatelessScope(initialize_variables=False),
        bounded_tensors(),
    ):
        # Keras's from_config takes apart what it is given.
        model = model_class.from_config(copy.deepcopy(config))
        return sum(math.prod(one.shape) for one in model.variables)


def _is_unsafe() -> bool:
    """Whether the user has allowed this thread to load lambdas."""
    layer = keras.layers.Lambda(lambda x: x)
    try:
        keras.saving.deserialize_keras_object(
            keras.saving.serialize_keras_object(layer)
        )
    except ValueError:
        return False
    return True


def _known(config: Any) -> dict[str, Any]:
    """Classes that this thread knows, by what a config calls them."""
    names = set(_names(config))
    found = {name: keras.saving.get_registered_object(name) for name in names}
    return {name: one for name, one in found.items() if one is not None}


def _names(config: Any) -> Iterator[str]:
    if isinstance(config, dict):
        for key in ("class_name", "registered_name"):
            if isinstance(config.get(key), str):
                yield config[key]
        config = list(config.values())
    if isinstance(config, (list, tuple)):
        for one in config:
            yield from _names(one)
