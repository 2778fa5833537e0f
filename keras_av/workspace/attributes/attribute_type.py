"""Types of attributes, with parsing and conversion."""

import ast
import contextlib
import dataclasses
import functools
import math
import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any

# Function of a kind and a label (or provider) that returns its replacement.
Resolve = Callable[[str, Any], Any]
_PLAIN: dict[str, type] = {"bool": bool, "int": int, "float": float, "str": str}


@dataclasses.dataclass(frozen=True)
class AttributeType:
    """The type of an attribute.

    `str(attribute_type)` writes it as a Python annotation that `parse` reads,
    so a table of rules does not need to import the classes.

    Args:
        form: `"plain"`, `"none"`, `"choice"`, `"list"`, `"tuple"`, `"dict"`,
            `"label"` or `"union"`.
        inner: Name of a plain type, values of a choice, kind of a label, or
            inner types of the other forms.

    Examples:

    >>> from keras_av.workspace.attributes.attribute_type import AttributeType
    >>> epochs = AttributeType.parse("list[int] | None")
    >>> epochs.convert([8, 32]), epochs.convert(None)
    ([8, 32], None)
    >>> AttributeType.parse("Literal['mean', 'sum']").convert("max")
    Traceback (most recent call last):
    ValueError: expected one of 'mean', 'sum'. Received: 'max'
    """

    form: str
    inner: tuple[Any, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "AttributeType":
        """Parse a type.

        Args:
            text: Python annotation, such as `"dict[str, float] | None"`; a
                name that is not a plain type is the kind of a label.
        """
        return _parse(text)

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of the labels in it, outermost first."""
        if self.form == "label":
            return self.inner
        return tuple(kind for one in self._inner_types() for kind in one.kinds)

    def convert(self, value: Any, resolve: Resolve | None = None) -> Any:
        """Convert a value to this type; 1 becomes 1.0 for a float.

        Args:
            value: Value from a BUILD file or a call in Python.
            resolve: Function of the kind and the value of a label that returns
                its replacement. Defaults to `None`, which keeps labels.

        Raises:
            ValueError: If the value has another type, or is infinite or NaN.
        """
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(
                f"expected a finite number. Received: {value!r}. Write "
                "another one, or None where the rule has no limit then"
            )
        if self.form == "label":
            return resolve(self.inner[0], value) if resolve else value
        if self.form == "union":
            return self._convert_union(value, resolve)
        if self.form == "dict" and isinstance(value, dict):
            return {str(k): self._item(0, v, resolve) for k, v in value.items()}
        if self.form in ("list", "tuple") and isinstance(value, (list, tuple)):
            fixed = self.form == "tuple"
            if not fixed or len(value) == len(self.inner):
                return [
                    self._item(number if fixed else 0, one, resolve)
                    for number, one in enumerate(value)
                ]
        if self.form == "none" and value is None:
            return None
        if self.form == "choice" and value in self.inner:
            # 1.0 and True are equal to 1, but not valid for a choice of 1.
            if type(value) is type(self.inner[self.inner.index(value)]):
                return value
        if self.form == "plain":
            if self.inner == ("float",) and type(value) is int:
                return float(value)
            if self.inner == ("str",) and isinstance(value, os.PathLike):
                return os.fspath(value)
            if type(value) is _PLAIN[self.inner[0]]:
                return value
        raise ValueError(f"expected {self.words}. Received: {value!r}")

    def _item(self, number: int, value: Any, resolve: Resolve | None) -> Any:
        return self.inner[number].convert(value, resolve)

    def _convert_union(self, value: Any, resolve: Resolve | None) -> Any:
        if value is None and NONE in self.inner:
            return None
        options = [one for one in self.inner if one != NONE]
        for one in options:
            # Errors about a label, or about the only type, are kept.
            if one.kinds or len(options) == 1:
                return one.convert(value, resolve)
            with contextlib.suppress(ValueError):
                return one.convert(value)
        raise ValueError(f"expected {self.words}. Received: {value!r}")

    @functools.cached_property
    def words(self) -> str:
        """The type in words, for errors."""
        if self.form == "label":
            return f"the label of a {self.inner[0]}"
        if self.form == "choice":
            return "one of " + ", ".join(map(repr, self.inner))
        if self.form == "list":
            return f"a list, each {self.inner[0].words}"
        if self.form == "tuple":
            return f"a list of {len(self.inner)}, each {self.inner[0].words}"
        if self.form == "dict":
            return f"a dict, each value {self.inner[0].words}"
        if self.form == "union":
            return " or ".join(one.words for one in self.inner)
        return "None" if self.form == "none" else self.inner[0]

    def __str__(self) -> str:
        if self.form == "choice":
            return f"Literal[{', '.join(map(repr, self.inner))}]"
        if self.form == "union":
            return " | ".join(map(str, self.inner))
        if self.form == "dict":
            return f"dict[str, {self.inner[0]}]"
        if self.form in ("list", "tuple"):
            return f"{self.form}[{', '.join(map(str, self.inner))}]"
        return "None" if self.form == "none" else self.inner[0]

    def _inner_types(self) -> Iterator["AttributeType"]:
        return (one for one in self.inner if isinstance(one, AttributeType))


NONE = AttributeType("none")


def union(types: Sequence[AttributeType]) -> AttributeType:
    """The union of several types; a single type is returned unchanged."""
    unique = tuple(dict.fromkeys(types))
    return unique[0] if len(unique) == 1 else AttributeType("union", unique)


@functools.cache
def _parse(text: str) -> AttributeType:
    # Rules share a few types, and a command reads those of all rules.
    return _parsed(ast.parse(text, mode="eval").body)


def _parsed(node: ast.expr) -> AttributeType:
    if isinstance(node, ast.Constant) and node.value is None:
        return NONE
    if isinstance(node, ast.Name):
        form = "plain" if node.id in _PLAIN else "label"
        return AttributeType(form, (node.id,))
    if isinstance(node, ast.BinOp):
        types = [_parsed(node.left), _parsed(node.right)]
        flat = [t.inner if t.form == "union" else (t,) for t in types]
        return union([one for inner in flat for one in inner])
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
        items = getattr(node.slice, "elts", [node.slice])
        if node.value.id == "Literal":
            values = tuple(ast.literal_eval(item) for item in items)
            return AttributeType("choice", values)
        types = [_parsed(item) for item in items]
        types = types[1:] if node.value.id == "dict" else types
        return AttributeType(node.value.id, tuple(types))
    raise ValueError(f"no attribute has the type {ast.unparse(node)!r}")
