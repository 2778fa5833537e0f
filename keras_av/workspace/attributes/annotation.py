"""Conversion of Python annotations to attribute types."""

import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any

from keras_av.workspace.attributes.attribute_type import (
    NONE,
    AttributeType,
    union,
)
from keras_av.workspace.provider import Provider

_PLAIN = (bool, int, float, str)


def attribute_type(
    annotation: Any, kinds: Mapping[type, str] | None = None
) -> AttributeType:
    """Convert a Python annotation to an attribute type.

    Args:
        annotation: `bool`, `int`, `float`, `str`, `Literal`, sequences,
            tuples of fixed length, mappings from `str`, a subclass of
            `Provider`, which is a label, and unions of them.
        kinds: Further classes whose labels a BUILD file may write, and the
            names of their kinds. Defaults to none.

    Raises:
        TypeError: If attributes cannot have this annotation.

    Examples:

    >>> from collections.abc import Sequence
    >>> from keras_av.workspace.attributes.annotation import attribute_type
    >>> str(attribute_type(Sequence[int] | None))
    'list[int] | None'
    """
    kinds = kinds or {}
    origin, inner = _parts(annotation)
    if annotation in kinds:
        return AttributeType("label", (kinds[annotation],))
    if annotation in _PLAIN:
        return AttributeType("plain", (annotation.__name__,))
    if annotation in (None, types.NoneType):
        return NONE
    if isinstance(annotation, type) and issubclass(annotation, Provider):
        return AttributeType("label", (annotation.__name__,))
    if origin is typing.Literal:
        return AttributeType("choice", inner)
    if origin in (list, Sequence):
        return AttributeType("list", (attribute_type(inner[0], kinds),))
    if origin is tuple and Ellipsis not in inner:
        return AttributeType(
            "tuple", tuple(attribute_type(one, kinds) for one in inner)
        )
    if origin in (dict, Mapping) and inner[0] is str:
        return AttributeType("dict", (attribute_type(inner[1], kinds),))
    if origin is types.UnionType:
        options = [attribute_type(one, kinds) for one in inner]
        # Labels after values, since labels look like any other text.
        options.sort(key=lambda one: (one == NONE, bool(one.kinds)))
        found = union(options)
        if not (found.kinds and AttributeType("plain", ("str",)) in options):
            return found
    raise TypeError(
        "Attributes are bool, int, float, str, Literal, Sequence, tuple, "
        "Mapping from str, providers, or unions of them, but not of str and "
        f"a provider. Received: {annotation}"
    )


def _parts(annotation: Any) -> tuple[Any, tuple[Any, ...]]:
    origin = typing.get_origin(annotation)
    if origin is typing.Union:
        origin = types.UnionType
    return origin, typing.get_args(annotation)
