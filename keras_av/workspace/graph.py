"""Targets and what they depend on, checked before anything runs."""

import contextlib
import dataclasses
import functools
import os
import pathlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras

from keras_av.workspace.annotation import as_annotated, provider_of
from keras_av.workspace.config_error import ConfigError
from keras_av.workspace.content import content_key, environment
from keras_av.workspace.did_you_mean import did_you_mean
from keras_av.workspace.label import Label
from keras_av.workspace.override import Override
from keras_av.workspace.provider import Provider
from keras_av.workspace.target import Target
from keras_av.workspace.workspace import Workspace


@dataclasses.dataclass(frozen=True)
class Node:
    """A target whose attributes and dependencies have been checked.

    Args:
        target: As its BUILD file names it.
        attributes: Complete and of the right types; labels in full.
        dependencies: Of these targets it takes what they give.
        key: Of its content: another key, another result.
        contents: What the key is made of.
        provider: What it gives.
        arguments: What its rule is called with.
        output: Its folder, if it is built.
    """

    target: Target
    attributes: dict[str, Any]
    dependencies: tuple[Label, ...]
    key: str
    contents: dict[str, Any]
    provider: Provider
    arguments: dict[str, Any]
    output: pathlib.Path | None

    @property
    def label(self) -> Label:
        """Its name."""
        return self.target.label


class Graph:
    """Targets and what they depend on, checked before anything runs.

    Each target has a key: the digest of its rule and the rule's version, its
    attributes, the keys of what it depends on and the digest of its data
    and, if it is built, the backend and the versions of Keras and keras_av.
    Neither the place in the BUILD file nor how this is written matters.

    Args:
        workspace: Where the targets are.
        out: Folder for what is built, one folder a backend in it.
        overrides: Attributes in place of those that BUILD files give, each
            `"LABEL.attribute=value"`. Defaults to none.

    Raises:
        ConfigError: If an override is wrong.

    Examples:

    >>> import pathlib, tempfile
    >>> from keras_av.workspace import Graph, Label, Provider, Workspace, rule
    >>> class Network(Provider):
    ...     pass
    >>> @rule()
    ... def network(*, depth: int = 18, scale: float = 1.0) -> Network:
    ...     return Network()
    >>> root = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (root / "BUILD").write_text(
    ...     'load("@keras_av//:rules.bzl", "network")\\n'
    ...     'network(name = "deep", depth = 50)\\n'
    ... )
    >>> workspace = Workspace(root, {"network": network})
    >>> graph = Graph(workspace, root / "out", ["//:deep.scale=2"])
    >>> node = graph.node(Label("", "deep"))
    >>> node.attributes, len(node.key)
    ({'depth': 50, 'scale': 2.0}, 12)
    """

    def __init__(
        self,
        workspace: Workspace,
        out: str | os.PathLike[str],
        overrides: Sequence[str] = (),
    ) -> None:
        self.workspace = workspace
        self.out = pathlib.Path(out, keras.backend.backend())
        self.nodes: dict[Label, Node] = {}
        self._overrides: dict[Label, list[Override]] = {}
        self._path: list[Label] = []
        for text in overrides:
            override = Override.parse(text)
            self._overrides.setdefault(override.label, []).append(override)

    def node(self, label: Label) -> Node:
        """Check a target and all that it depends on.

        Args:
            label: Of the target.

        Raises:
            ConfigError: If anything is wrong with them.
        """
        if label in self._path:
            ring = [*self._path[self._path.index(label) :], label]
            raise ConfigError("cycle: " + " -> ".join(map(str, ring)))
        if label not in self.nodes:
            target = self.workspace.target(label)
            self._path.append(label)
            try:
                self.nodes[label] = self._analysed(target)
            finally:
                self._path.pop()
        return self.nodes[label]

    def check_overrides(self) -> None:
        """Refuse overrides of targets that nothing asked for.

        Raises:
            ConfigError: If there is one.
        """
        for label, overrides in self._overrides.items():
            if label not in self.nodes:
                raise ConfigError(
                    f"--set={overrides[0]}: {label} is no part of what is "
                    "asked for"
                )

    def folder(self, label: Label) -> pathlib.Path:
        """Where the folders of a target are, one for each key."""
        return self.out / label.package / label.name

    def _analysed(self, target: Target) -> Node:
        attributes, place = self._attributes(target)
        arguments, found = self._arguments(target, attributes, place)
        contents: dict[str, Any] = {
            "rule": target.rule.name,
            "version": target.rule.version,
            "attributes": attributes,
            "dependencies": {str(k): node.key for k, node in found.items()},
        }
        if target.rule.executes:
            contents["environment"] = environment()
            output = self.folder(target.label) / content_key(contents)
            with _placed(place):
                provider = target.rule.plan(output, **arguments)
        else:
            output = None
            with _placed(place):
                provider = target.rule.plan(**arguments)
                # Reads what is there, which may be anything.
                contents["digest"] = provider.digest()
        return Node(
            target,
            attributes,
            tuple(found),
            content_key(contents),
            contents,
            provider,
            arguments,
            output,
        )

    def _attributes(self, target: Target) -> tuple[dict[str, Any], str]:
        """Checked attributes, and the place to name if they do not fit."""
        known, place = target.rule.attributes, target.place
        values = dict(target.attributes)
        for name in values:
            _check_name(target, name, place)
        for override in self._overrides.get(target.label, ()):
            place = f"--set={override}"
            _check_name(target, override.name, place)
            annotation = known[override.name].annotation
            values[override.name] = override.value(annotation)
        checked = {}
        for name, parameter in known.items():
            if name in values:
                value = values[name]
            elif parameter.default is not parameter.empty:
                value = parameter.default
            else:
                raise target.error(
                    f"{target.rule.name}() needs the attribute {name!r}"
                )
            try:
                value = as_annotated(parameter.annotation, value)
                if provider_of(parameter.annotation) is not None:
                    value = _map_labels(target.absolute, value)
            except ValueError as error:
                raise ConfigError(f"{place}: {name}: {error}") from error
            checked[name] = value
        return checked, place

    def _arguments(
        self, target: Target, attributes: dict[str, Any], place: str
    ) -> tuple[dict[str, Any], dict[Label, Node]]:
        """What the rule is called with, and the nodes that this is from."""
        arguments: dict[str, Any] = {}
        found: dict[Label, Node] = {}

        def given(name: str, kind: type[Provider], text: str) -> Provider:
            node = self._dependency(target, place, name, kind, text)
            found[node.label] = node
            return node.provider

        for name, value in attributes.items():
            kind = provider_of(target.rule.attributes[name].annotation)
            if kind is not None:
                follow = functools.partial(given, name, kind)
                value = _map_labels(follow, value)
            arguments[name] = value
        return arguments, found

    def _dependency(
        self,
        target: Target,
        place: str,
        name: str,
        kind: type[Provider],
        text: str,
    ) -> Node:
        try:
            node = self.node(Label.parse(text))
        except ConfigError as error:
            # An error inside of a BUILD file has its own place.
            if str(error).startswith(("no ", "cycle")):
                raise ConfigError(f"{place}: {name}: {error}") from error
            raise
        if not isinstance(node.provider, kind):
            raise ConfigError(
                f"{place}: {name}: {text} is a {node.target.rule.name}, which "
                f"gives a {type(node.provider).__name__}, but "
                f"{target.rule.name}() wants a {kind.__name__}"
            )
        return node


def _check_name(target: Target, name: str, place: str) -> None:
    known = target.rule.attributes
    if name not in known:
        hint = did_you_mean(name, known, f"it has {', '.join(known)}")
        raise ConfigError(
            f"{place}: {target.rule.name}() has no attribute {name!r}; {hint}"
        )


def _map_labels(function: Callable[[str], Any], value: Any) -> Any:
    """Apply a function to each label of an attribute."""
    if value is None:
        return None
    if isinstance(value, list):
        return [_map_labels(function, one) for one in value]
    if isinstance(value, dict):
        return {k: _map_labels(function, one) for k, one in value.items()}
    return function(value)


@contextlib.contextmanager
def _placed(place: str) -> Iterator[None]:
    """Let what a rule refuses be told with its place."""
    try:
        yield
    except (ValueError, OSError, ImportError) as error:
        raise ConfigError(f"{place}: {error}") from error
