"""The workspace and graph that every command starts from."""

import dataclasses
import json
import pathlib
from collections.abc import Sequence

import keras_av
from keras_av.cli.quiet_start import quiet_start
from keras_av.workspace import (
    ConfigError,
    Graph,
    Label,
    Rule,
    RuleSpec,
    Workspace,
)
from keras_av.workspace.labels.mistakes import Mistakes
from keras_av.workspace.rule import LazyRule
from keras_av.workspace.starlark.workspace import rules_of

MARKER = "WORKSPACE"
_TABLE = pathlib.Path(keras_av.__file__).parent / "rules" / "rules.json"


@dataclasses.dataclass(frozen=True)
class Session:
    """A workspace with the options of the command line.

    Args:
        workspace: Folder of the workspace, or `None` for the nearest parent of
            the current folder that contains a file `WORKSPACE`.
        out: Folder for outputs, or `None` for `out` in the workspace.
        defines: Definitions `"name=value"` for `select`. Defaults to none.
        overrides: Overrides `"LABEL.attribute=value"`. Defaults to none.

    Examples:

    >>> import pathlib, tempfile
    >>> from keras_av.cli.session import Session
    >>> root = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (root / "BUILD").write_text(
    ...     'load("@keras_av//:rules.bzl", "adam")\\nadam(name = "a")\\n'
    ... )
    >>> graph = Session(str(root)).graph()
    >>> [str(label) for label in labels_of(graph, ["//..."])]
    ['//:a']
    """

    workspace: str | None = None
    out: str | None = None
    defines: Sequence[str] = ()
    overrides: Sequence[str] = ()

    def graph(self) -> Graph:
        """The graph of the targets.

        Raises:
            ConfigError: If there is no workspace, or an option is invalid.
        """
        root = pathlib.Path(self.workspace or _nearest())
        defines = {}
        for text in self.defines:
            name, separator, value = text.partition("=")
            if not separator:
                raise ConfigError(f"--define={text}: write --define=name=value")
            defines[name] = value
        workspace = Workspace(root, lazy_rules(), defines, _load_file)
        return Graph(workspace, self.out or root / "out", self.overrides)


def lazy_rules() -> dict[str, LazyRule]:
    """All rules of keras_av, read from their table until one is used."""
    entries = json.loads(_TABLE.read_text("utf-8"))
    return {
        name: LazyRule(RuleSpec.from_json(name, entry), _load)
        for name, entry in entries.items()
    }


def _load_file(path: pathlib.Path) -> dict[str, Rule]:
    """The rules of a Python file, which usually imports Keras."""
    quiet_start()
    return rules_of(path)


def _load(name: str) -> Rule:
    from keras_av import rules

    rule: Rule = getattr(rules, name)
    return rule


def labels_of(graph: Graph, texts: Sequence[str]) -> list[Label]:
    """The targets that the command line names.

    Args:
        graph: Graph of the workspace.
        texts: Labels, `//folder/...` for all targets below a folder, or
            `//folder:all` for all targets of a package.

    Raises:
        ConfigError: If one is not a label, or matches nothing.
    """
    found: dict[Label, None] = {}
    mistakes = Mistakes()
    for text in texts:
        with mistakes.kept():
            labels = _labels(graph.workspace, text, mistakes)
            found.update(dict.fromkeys(labels))
    mistakes.check()
    return list(found)


def _labels(workspace: Workspace, text: str, mistakes: Mistakes) -> list[Label]:
    folder, separator, _ = text.partition("...")
    if separator:
        folder = folder.removeprefix("//").rstrip("/")
        packages = workspace.packages(folder)
        if not packages:
            raise ConfigError(f"{text} matches nothing: there is no BUILD file")
        labels: list[Label] = []
        for package in packages:
            with mistakes.kept():
                names = workspace.package(package)
                labels += [Label(package, name) for name in names]
        return labels
    try:
        label = Label.parse(text)
    except ValueError as error:
        raise ConfigError(str(error)) from error
    if label.name == "all":
        return [
            Label(label.package, n) for n in workspace.package(label.package)
        ]
    workspace.target(label)
    return [label]


def _nearest() -> pathlib.Path:
    """The workspace that the current folder is in."""
    here = pathlib.Path.cwd()
    for folder in (here, *here.parents):
        if (folder / MARKER).is_file():
            return folder
    raise ConfigError(
        f"no file {MARKER} in {here} or its parents. Create an empty one in "
        "the folder that contains your BUILD files, or pass --workspace."
    )
