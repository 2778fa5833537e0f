"""Targets, as BUILD files name them."""

import dataclasses
from typing import Any

from keras_av.workspace.config_error import ConfigError
from keras_av.workspace.label import Label
from keras_av.workspace.rule import Rule


@dataclasses.dataclass(frozen=True)
class Target:
    """A target, as a BUILD file names it.

    Args:
        label: Its name.
        rule: What it is made by.
        attributes: What the BUILD file says, by attribute.
        place: Where, such as `"configs/sscl/BUILD:12"`.
    """

    label: Label
    rule: Rule
    attributes: dict[str, Any]
    place: str

    def absolute(self, label: str) -> str:
        """A label, written as in its BUILD file, in full.

        Raises:
            ValueError: If it is none.
        """
        return str(Label.parse(label, self.label.package))

    def error(self, message: str) -> ConfigError:
        """What is wrong with it, and where."""
        return ConfigError(f"{self.place}: {message}")
