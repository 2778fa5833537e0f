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
        target: Target as its BUILD file names it.
        attributes: All its attributes; labels in full.
        dependencies: Targets whose results it takes.
        place: Place to name where the attributes do not fit.
    """

    target: Target
    attributes: dict[str, Any]
    dependencies: tuple[Label, ...]
    place: str


@dataclasses.dataclass(frozen=True)
class Node(ReadTarget):
    """A target that is ready to be built.

    Args:
        target: Target as its BUILD file names it.
        attributes: All its attributes; labels in full.
        dependencies: Targets whose results it takes.
        place: Place to name where the attributes do not fit.
        key: Digest of its content: another key, another result.
        content: What the key is made of.
        provider: What it gives.
        arguments: What its rule is called with.
        output: Its folder, if it makes something.
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
