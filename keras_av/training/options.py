"""Options of a model, as files hold them."""

import inspect
from collections.abc import Mapping
from typing import Any

import keras

_VARIADIC = (
    inspect.Parameter.VAR_POSITIONAL,
    inspect.Parameter.VAR_KEYWORD,
)


def option_names(cls: type, base: type) -> list[str]:
    """Names of the options of a class, read off its constructor.

    Where the constructor passes `**kwargs` on, those of the classes above it
    follow, up to the base, whose own are left out.

    Args:
        cls: Class.
        base: Class above it, whose options are not asked for.
    """
    names: dict[str, None] = {}
    for one in cls.__mro__[: cls.__mro__.index(base)]:
        if "__init__" not in vars(one):
            continue
        parameters = inspect.signature(one).parameters.values()
        names |= {p.name: None for p in parameters if p.kind not in _VARIADIC}
        if all(p.kind is not p.VAR_KEYWORD for p in parameters):
            break
    own = inspect.signature(base).parameters
    return [name for name in names if name not in own]


def to_config(value: Any) -> Any:
    """An option as plain values; layers and models with their configuration.

    Args:
        value: Value of an option. An object that has a method
            `option_config` says by it what a file holds in its place.
    """
    if hasattr(value, "option_config"):
        return value.option_config()
    if isinstance(value, Mapping):
        return {key: to_config(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_config(one) for one in value]
    return keras.saving.serialize_keras_object(value)


def from_config(
    value: Any, custom_objects: dict[str, Any] | None = None
) -> Any:
    """An option of what `to_config` has made of it.

    Args:
        value: Value in a file.
        custom_objects: Classes and functions by name. Defaults to those that
            are registered.
    """
    if isinstance(value, (list, tuple)):
        return [from_config(one, custom_objects) for one in value]
    if not isinstance(value, Mapping):
        return value
    if {"class_name", "config"} <= set(value):
        return keras.saving.deserialize_keras_object(
            value, custom_objects=custom_objects
        )
    return {k: from_config(one, custom_objects) for k, one in value.items()}
