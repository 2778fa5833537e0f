"""Types of attributes: what a rule's annotations allow."""

import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any

from keras_av.workspace.provider import Provider

_SIMPLE = (bool, int, float, str)


def check_annotation(annotation: Any) -> None:
    """Refuse an annotation that no attribute can have.

    Raises:
        TypeError: If it is one.
    """
    origin, inner = _parts(annotation)
    if annotation in (*_SIMPLE, types.NoneType) or is_provider(annotation):
        return
    if origin is typing.Literal:
        return
    if origin in (list, Sequence, types.UnionType):
        for one in inner:
            check_annotation(one)
    elif origin in (dict, Mapping) and inner[0] is str:
        check_annotation(inner[1])
    else:
        raise TypeError(
            "Attributes are bool, int, float, str, Literal, Sequence, Mapping "
            "from str, providers, or None beside one of them. Received: "
            f"{annotation}"
        )


def provider_of(annotation: Any) -> type[Provider] | None:
    """The provider that labels of an attribute lead to, if they are labels."""
    if is_provider(annotation):
        return annotation
    found = (provider_of(one) for one in _parts(annotation)[1])
    return next((one for one in found if one is not None), None)


def is_provider(annotation: Any) -> bool:
    """Whether an annotation is a provider itself."""
    return isinstance(annotation, type) and issubclass(annotation, Provider)


def as_annotated(annotation: Any, value: Any) -> Any:
    """A value as the annotation wants it, so that 1 and 1.0 are one float.

    Raises:
        ValueError: If it has another type.
    """
    if annotation is float and type(value) is int:
        return float(value)
    if annotation in _SIMPLE or is_provider(annotation):
        expected = str if is_provider(annotation) else annotation
        if type(value) is expected:
            return value
        raise _refused(annotation, value)
    origin, inner = _parts(annotation)
    if origin is typing.Literal and value in inner:
        return value
    if origin in (list, Sequence) and isinstance(value, (list, tuple)):
        return [as_annotated(inner[0], one) for one in value]
    if origin in (dict, Mapping) and isinstance(value, dict):
        return {key: as_annotated(inner[1], one) for key, one in value.items()}
    if origin is types.UnionType:
        if value is None:
            return None
        wanted = [one for one in inner if one is not types.NoneType]
        if len(wanted) == 1:
            return as_annotated(wanted[0], value)
    raise _refused(annotation, value)


def words(annotation: Any) -> str:
    """What an annotation wants, in words."""
    if is_provider(annotation):
        return f"the label of a {annotation.__name__}"
    if annotation is types.NoneType:
        return "None"
    origin, inner = _parts(annotation)
    if origin is typing.Literal:
        return "one of " + ", ".join(map(repr, inner))
    if origin in (list, Sequence):
        return f"a list, each {words(inner[0])}"
    if origin in (dict, Mapping):
        return f"a dict, each value {words(inner[1])}"
    if origin is types.UnionType:
        return " or ".join(words(one) for one in inner)
    return getattr(annotation, "__name__", str(annotation))


def _refused(annotation: Any, value: Any) -> ValueError:
    return ValueError(f"expected {words(annotation)}. Received: {value!r}")


def _parts(annotation: Any) -> tuple[Any, tuple]:
    origin = typing.get_origin(annotation)
    if origin is typing.Union:
        origin = types.UnionType
    return origin, typing.get_args(annotation)
