"""Targets that have been checked."""

import dataclasses
import pathlib
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
        provider: Provider of its result.
        arguments: Arguments of its rule.
        output: Folder of its result, if it is built.
    """

    key: str
    content: dict[str, Any]
    provider: Provider
    arguments: dict[str, Any]
    output: pathlib.Path | None

    @property
    def label(self) -> Label:
        """Its name."""
        return self.target.label
