"""Attributes of a rule."""

import dataclasses
import inspect
import typing
from collections.abc import Callable, Mapping
from typing import Any

from keras_av.workspace.attributes.annotation import attribute_type
from keras_av.workspace.attributes.attribute_type import AttributeType

REQUIRED: Any = inspect.Parameter.empty


@dataclasses.dataclass(frozen=True)
class Attribute:
    """An attribute of a rule.

    Args:
        type: Type of its values.
        default: Value if the BUILD file has none. Defaults to `REQUIRED`.
    """

    type: AttributeType
    default: Any = REQUIRED

    @property
    def is_required(self) -> bool:
        """Whether BUILD files must give a value."""
        return self.default is REQUIRED


def attributes_of(
    function: Callable[..., Any],
    leave_out: tuple[str, ...] = (),
    kinds: Mapping[type, str] | None = None,
) -> dict[str, Attribute]:
    """Read attributes from the signature of a function.

    Args:
        function: Function with annotated keyword-only arguments.
        leave_out: Names of arguments that are not attributes. Defaults to
            none.
        kinds: Classes whose labels may be written; see `attribute_type`.

    Raises:
        TypeError: If attributes cannot have one of the annotations.
    """
    hints = typing.get_type_hints(function)
    found = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if name in leave_out or parameter.kind is parameter.VAR_KEYWORD:
            continue
        try:
            kind = attribute_type(hints.get(name, object), kinds)
        except TypeError as error:
            place = f"{function.__name__}({name})"
            raise TypeError(f"{place}: {error}") from None
        default = parameter.default
        if default is not REQUIRED:
            default = kind.convert(default)
        found[name] = Attribute(kind, default)
    return found
