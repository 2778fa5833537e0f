"""Attributes set on the command line."""

import ast
import contextlib
import dataclasses
import math
import re
from typing import Any

from keras_av.workspace.attributes.attribute_type import AttributeType
from keras_av.workspace.labels.config_error import ConfigError
from keras_av.workspace.labels.label import Label

_FORM = re.compile(r"(?P<label>[^=]+)\.(?P<name>\w+)=(?P<value>.*)", re.DOTALL)


@dataclasses.dataclass(frozen=True)
class Override:
    """An attribute set on the command line.

    Args:
        label: Label of the target.
        name: Name of the attribute.
        text: Value as it was written.
    """

    label: Label
    name: str
    text: str

    @classmethod
    def parse(cls, text: str) -> "Override":
        """Read `LABEL.attribute=value`.

        Raises:
            ConfigError: If it has another form.
        """
        found = _FORM.fullmatch(text)
        if found is None:
            raise ConfigError(f"--set={text}: write --set=LABEL.name=value")
        try:
            label = Label.parse(found["label"])
        except ValueError as error:
            raise ConfigError(f"--set={text}: {error}") from error
        return cls(label, found["name"], found["value"])

    def value(self, attribute_type: AttributeType) -> Any:
        """The value converted to a type; labels stay text.

        Args:
            attribute_type: Type of the attribute.

        Raises:
            ConfigError: If it has another type.
        """
        try:
            literal = ast.literal_eval(self.text)
        except (ValueError, SyntaxError):
            literal = self.text
        try:
            return attribute_type.convert(literal)
        except ValueError as error:
            refused = error
        if attribute_type.kinds and literal in (math.inf, -math.inf):
            # The name of a target could be 1e999, and is not.
            raise ConfigError(f"--set={self}: {refused}")
        # Quotation marks around text are optional.
        with contextlib.suppress(ValueError):
            return attribute_type.convert(self.text)
        raise ConfigError(f"--set={self}: {refused}")

    def __str__(self) -> str:
        return f"{self.label}.{self.name}={self.text}"
