"""The graph of targets, checked before anything runs."""

import contextlib
import functools
import os
import pathlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from keras_av.workspace.attributes.override import Override
from keras_av.workspace.build.environment import environment
from keras_av.workspace.build.key import content_key, content_of
from keras_av.workspace.graph.node import Node, ReadTarget
from keras_av.workspace.labels.config_error import ConfigError
from keras_av.workspace.labels.did_you_mean import did_you_mean
from keras_av.workspace.labels.label import Label
from keras_av.workspace.labels.mistakes import Mistakes
from keras_av.workspace.provider import MISSING, Provider, missing_path
from keras_av.workspace.rule import LazyRule
from keras_av.workspace.starlark.target import Target
from keras_av.workspace.starlark.workspace import Workspace


class Graph:
    """Targets and their dependencies, checked before anything runs.

    Each target has a key: the digest of its rule and the version of the rule,
    its attributes with the keys of its dependencies, the digest of its data
    and, if it is built, the backend and the versions of Keras and keras_av.
    The names of targets and the text of BUILD files do not matter.

    Args:
        workspace: Workspace with the targets.
        out: Folder for results, with a folder for each backend.
        overrides: Attributes to override, each `"LABEL.attribute=value"`.
            Defaults to none.

    Raises:
        ConfigError: If an override is invalid.

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
        self._out = pathlib.Path(out)
        self.nodes: dict[Label, Node] = {}
        self._read: dict[Label, ReadTarget] = {}
        self._wrong: dict[Label, ConfigError] = {}
        self._overrides: dict[Label, list[Override]] = {}
        self._path: list[Label] = []
        for text in overrides:
            override = Override.parse(text)
            self._overrides.setdefault(override.label, []).append(override)

    def read(self, label: Label) -> ReadTarget:
        """Check the attributes of a target and of all its dependencies.

        This only needs the specifications of the rules and does not import
        their implementations.

        Args:
            label: Label of the target.

        Raises:
            ConfigError: If a target, an attribute or a label is invalid.
        """
        if label in self._path:
            ring = [*self._path[self._path.index(label) :], label]
            raise ConfigError("cycle: " + " -> ".join(map(str, ring)))
        if label in self._wrong:
            raise self._wrong[label]
        if label not in self._read:
            target = self.workspace.target(label)
            self._path.append(label)
            try:
                self._read[label] = self._checked(target)
            except ConfigError as error:
                self._wrong[label] = error
                raise
            finally:
                self._path.pop()
        return self._read[label]

    def node(self, label: Label) -> Node:
        """Find the key of a target, and those of all its dependencies.

        Rules that were loaded check the values of attributes; the others do so
        when the provider of the node is first asked for.

        Args:
            label: Label of the target.

        Raises:
            ConfigError: If a target is invalid.
        """
        if label not in self.nodes:
            node = self._analysed(self.read(label))
            self.nodes[label] = node
        return self.nodes[label]

    def check(self, labels: Iterable[Label], load: bool = True) -> None:
        """Analyse targets and all their dependencies.

        First the attributes of all are read, then their rules check them.

        Args:
            labels: Labels of the targets.
            load: Whether to load the rules that are not, which imports Keras.
                Defaults to True; otherwise these do not check values.

        Raises:
            ConfigError: If some are invalid, with all mistakes.
        """

        def provider(label: Label) -> Provider:
            return self.node(label).provider

        labels = list(labels)
        steps = (self.read, self.node, *((provider,) if load else ()))
        for analyse in steps:
            mistakes = Mistakes()
            for label in labels:
                with mistakes.kept():
                    analyse(label)
            mistakes.check()

    def check_overrides(self) -> None:
        """Raise an error for overrides of targets that are not used.

        Raises:
            ConfigError: If there is one.
        """
        for label, overrides in self._overrides.items():
            if label not in self._read:
                raise ConfigError(
                    f"--set={overrides[0]}: {label} is not among the "
                    "requested targets or their dependencies"
                )

    def folder(self, label: Label) -> pathlib.Path:
        """The folder of all results of a target, with a folder for each key.

        Args:
            label: Label of the target.
        """
        backend = environment()["backend"]
        return self._out / backend / label.package / label.name

    def missing(self, label: Label) -> str | None:
        """Message about files missing for a target; `None` if none are.

        Args:
            label: Label of the target.
        """
        read = self.read(label)
        rule = read.target.rule
        if not isinstance(rule, LazyRule):
            return self.node(label).provider.missing()
        parts = [read.attributes[name] for name in rule.spec.path]
        if not parts or None in parts:
            return None
        if rule.spec.attributes[rule.spec.path[0]].type.kinds:
            return self.missing(Label.parse(parts[0]))
        return missing_path(pathlib.Path(*parts))

    def _analysed(self, read: ReadTarget) -> Node:
        target, rule = read.target, read.target.rule

        @functools.cache
        def plan() -> tuple[Provider, dict[str, Any]]:
            arguments = self._with(
                read, lambda label: self.node(label).provider
            )
            places = () if output is None else (output,)
            with _placed(read.place):
                provider = rule.plan(*places, **arguments)
            provider.keep_key(lambda: key)
            return provider, arguments

        output: pathlib.Path | None = None
        dependencies = self._with(read, self.node)
        if rule.spec.executes:
            content = content_of(rule.spec, dependencies)
            output = self.folder(target.label) / content_key(content)
        else:
            digest = self._digest(read, plan)
            content = content_of(rule.spec, dependencies, digest)
        key = content_key(content)
        if not isinstance(rule, LazyRule):
            plan()
        return Node(
            **vars(read), key=key, content=content, output=output, plan=plan
        )

    def _with(
        self, read: ReadTarget, give: Callable[[Label], Any]
    ) -> dict[str, Any]:
        """The attributes of a target, with objects in place of labels."""
        types = read.target.rule.spec.attributes
        return {
            name: types[name].type.convert(
                value, lambda _, text: give(Label.parse(text))
            )
            for name, value in read.attributes.items()
        }

    def _digest(
        self,
        read: ReadTarget,
        plan: Callable[[], tuple[Provider, dict[str, Any]]],
    ) -> str:
        """The digest of what a target reads."""
        rule = read.target.rule
        if isinstance(rule, LazyRule):
            if not rule.spec.digests:
                return ""
            if self.missing(read.target.label):
                return MISSING
        with _placed(read.place):
            return plan()[0].digest()

    def _checked(self, target: Target) -> ReadTarget:
        """A target with all its attributes, converted to their types."""
        mistakes = Mistakes()
        values, place = self._given(target, mistakes)
        dependencies: dict[Label, None] = {}
        checked = {}
        for name, attribute in target.rule.spec.attributes.items():

            def follow(kind: str, text: Any, name: str = name) -> str:
                label = self._followed(target, f"{place}: {name}", kind, text)
                dependencies[label] = None
                return str(label)

            with mistakes.kept():
                if name not in values and attribute.is_required:
                    raise target.error(
                        f"{target.rule.spec.name}() needs the attribute "
                        f"{name!r}"
                    )
                value = values.get(name, attribute.default)
                with _placed(f"{place}: {name}"):
                    checked[name] = attribute.type.convert(value, follow)
        mistakes.check()
        return ReadTarget(target, checked, tuple(dependencies), place)

    def _given(
        self, target: Target, mistakes: Mistakes
    ) -> tuple[dict[str, Any], str]:
        """Attributes that are given, and the place of the last of them."""
        place, values = target.place, dict(target.attributes)
        for name in values:
            with mistakes.kept():
                _check_name(target, name, place)
        for override in self._overrides.get(target.label, ()):
            place = f"--set={override}"
            with mistakes.kept():
                _check_name(target, override.name, place)
                attribute = target.rule.spec.attributes[override.name]
                values[override.name] = override.value(attribute.type)
        return values, place

    def _followed(
        self, target: Target, place: str, kind: str, text: Any
    ) -> Label:
        """The label of an attribute, after checking the kind of its target."""
        if not isinstance(text, str):
            raise ValueError(
                f"expected the label of a {kind}. Received: {text!r}"
            )
        label = Label.parse(target.absolute(text))
        try:
            rule = self.read(label).target.rule.spec
        except ConfigError as error:
            # An error inside a BUILD file has its own place.
            raise ConfigError(
                *(
                    f"{place}: {one}"
                    if one.startswith(("no ", "cycle"))
                    else one
                    for one in error.args
                )
            ) from error
        if kind not in rule.kinds:
            raise ConfigError(
                f"{place}: {label} is a {rule.name}, which provides a "
                f"{rule.kinds[0]}, but {target.rule.spec.name}() needs a {kind}"
            )
        return label


def _check_name(target: Target, name: str, place: str) -> None:
    known = target.rule.spec.attributes
    if name not in known:
        hint = did_you_mean(name, known, f"it has {', '.join(known)}")
        raise ConfigError(
            f"{place}: {target.rule.spec.name}() has no attribute {name!r}; "
            f"{hint}"
        )


@contextlib.contextmanager
def _placed(place: str) -> Iterator[None]:
    """Add the place in the BUILD file to errors raised by a rule."""
    try:
        yield
    except (ValueError, OSError, ImportError) as error:
        # An error in a dependency has its own place.
        if isinstance(error, ConfigError):
            raise
        raise ConfigError(f"{place}: {error}") from error
