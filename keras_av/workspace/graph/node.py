"""Targets that have been checked."""

import dataclasses
import pathlib
from collections.abc import Callable
from typing import Any

from keras_av.workspace.labels.label import Label
from keras_av.workspace.provider import Provider
from keras_av.workspace.starlark.target import Target


@dataclasses.dataclass(frozen=True)
class ReadTarget:
    """A target whose attributes have been read and have the right types.

    Args:
        target: Target as defined in its BUILD file.
        attributes: All its attributes, with absolute labels.
        dependencies: Targets that it depends on.
        place: Place to report in errors about attributes.
    """

    target: Target
    attributes: dict[str, Any]
    dependencies: tuple[Label, ...]
    place: str


@dataclasses.dataclass(frozen=True)
class Node(ReadTarget):
    """A target that is ready to be built.

    Args:
        target: Target as defined in its BUILD file.
        attributes: All its attributes, with absolute labels.
        dependencies: Targets that it depends on.
        place: Place to report in errors about attributes.
        key: Digest of its content.
        content: What its result depends on.
        output: Folder of its result, if it is built.
        plan: Function that returns the provider of its result and the
            arguments of its rule, for which it loads the rule.
    """

    key: str
    content: dict[str, Any]
    output: pathlib.Path | None
    plan: Callable[[], tuple[Provider, dict[str, Any]]]

    @property
    def provider(self) -> Provider:
        """The provider of its result.

        Raises:
            ConfigError: If its rule refuses its attributes.
        """
        return self.plan()[0]

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of its rule.

        Raises:
            ConfigError: If its rule refuses its attributes.
        """
        return self.plan()[1]

    @property
    def label(self) -> Label:
        """Its name."""
        return self.target.label
