"""Targets, as BUILD files name them."""

import dataclasses
from typing import Any

from keras_av.workspace.labels.config_error import ConfigError
from keras_av.workspace.labels.label import Label
from keras_av.workspace.rule import LazyRule, Rule


@dataclasses.dataclass(frozen=True)
class Target:
    """A target, as a BUILD file names it.

    Args:
        label: Label of the target.
        rule: Rule that makes it.
        attributes: Attributes that the BUILD file gives, by name.
        place: Place in the BUILD file, such as `"configs/sscl/BUILD:12"`.
    """

    label: Label
    rule: Rule | LazyRule
    attributes: dict[str, Any]
    place: str

    def absolute(self, label: str) -> str:
        """A label, written as in its BUILD file, in full.

        Raises:
            ValueError: If it is none.
        """
        return str(Label.parse(label, self.label.package))

    def error(self, message: str) -> ConfigError:
        """An error that names the place of the target."""
        return ConfigError(f"{self.place}: {message}")
