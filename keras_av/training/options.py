"""Serialization of a model's options."""

import inspect
from collections.abc import Mapping
from typing import Any

import keras

_VARIADIC = (
    inspect.Parameter.VAR_POSITIONAL,
    inspect.Parameter.VAR_KEYWORD,
)


def option_names(cls: type, base: type) -> list[str]:
    """Names of the options of a class, taken from its constructor.

    If the constructor passes `**kwargs` on, the options of its parent classes
    follow, up to but not including the base. What a parent requires by position
    is not among them if a child has positions of its own: it passes these on.

    Args:
        cls: Class whose options are listed.
        base: Parent class whose own options are left out.
    """
    names: dict[str, None] = {}
    placed = False
    for one in cls.__mro__[: cls.__mro__.index(base)]:
        if "__init__" not in vars(one):
            continue
        parameters = inspect.signature(one).parameters.values()
        required = [p.name for p in parameters if _is_required(p)]
        names |= {
            p.name: None
            for p in parameters
            if p.kind not in _VARIADIC and not (placed and p.name in required)
        }
        placed = placed or bool(required)
        if all(p.kind is not p.VAR_KEYWORD for p in parameters):
            break
    own = inspect.signature(base).parameters
    return [name for name in names if name not in own]


def _is_required(parameter: inspect.Parameter) -> bool:
    """Whether a parameter has a position and no default."""
    by_position = parameter.kind is parameter.POSITIONAL_OR_KEYWORD
    return by_position and parameter.default is parameter.empty


def to_config(value: Any) -> Any:
    """Convert an option to plain values; layers and models to their config.

    Args:
        value: Value of an option. If it has a method `option_config`, the
            result of that method is stored in its place.
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
    """Restore an option from the output of `to_config`.

    Args:
        value: Stored value.
        custom_objects: Classes and functions by name. Defaults to the
            registered ones.
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
