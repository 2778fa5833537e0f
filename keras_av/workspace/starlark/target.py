"""Targets as defined in BUILD files."""

import dataclasses
from typing import Any

from keras_av.workspace.labels.config_error import ConfigError
from keras_av.workspace.labels.label import Label
from keras_av.workspace.rule import LazyRule, Rule


@dataclasses.dataclass(frozen=True)
class Target:
    """A target as defined in a BUILD file.

    Args:
        label: Label of the target.
        rule: Rule of the target.
        attributes: Attributes given in the BUILD file, by name.
        place: Place in the BUILD file, such as `"configs/sscl/BUILD:12"`.
    """

    label: Label
    rule: Rule | LazyRule
    attributes: dict[str, Any]
    place: str

    def absolute(self, label: str) -> str:
        """Expand a label of its BUILD file to an absolute one.

        Raises:
            ValueError: If the text is not a label.
        """
        return str(Label.parse(label, self.label.package))

    def error(self, message: str) -> ConfigError:
        """An error with the place of the target."""
        return ConfigError(f"{self.place}: {message}")
