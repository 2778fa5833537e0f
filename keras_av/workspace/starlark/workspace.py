"""The targets of a folder of BUILD files."""

import os
import pathlib
import sys
from collections.abc import Callable, Mapping

from keras_av.workspace.labels.config_error import ConfigError
from keras_av.workspace.labels.did_you_mean import did_you_mean
from keras_av.workspace.labels.label import Label
from keras_av.workspace.rule import LazyRule, Rule
from keras_av.workspace.starlark.reader_process import ReaderProcess
from keras_av.workspace.starlark.starlark_files import RULES
from keras_av.workspace.starlark.target import Target

# As in Bazel, the first is read if both exist.
BUILD_FILES = ("BUILD.bazel", "BUILD")


class Workspace:
    """The targets of all BUILD files below a folder.

    A BUILD file, written in Starlark, calls rules with keyword arguments:

        load("@keras_av//:rules.bzl", "clip_spec")

        clip_spec(
            name = "small",
            num_frames = 16,
        )

    It may also call `glob(["*.csv"], exclude = [])`, which returns paths of
    files below its folder; `define("videos", "data")`, which returns the value
    of a define or a default; and `select({"scale=smoke": 1, "default": 100})`,
    which selects by the value of a define. It may load macros from files such
    as `//configs:defs.bzl`, and custom rules from Python files such as
    `//:my_rules.py`. A package is read when one of its labels is first used.

    References:
        - [Starlark](https://github.com/bazelbuild/starlark)
        - [BUILD files of Bazel](https://bazel.build/concepts/build-files)

    Args:
        root: Path of the folder.
        rules: Rules of `@keras_av//:rules.bzl`, by name.
        defines: Values for `define` and `select`. Defaults to none.
        load: Function of the path of a Python file that returns its rules by
            name. Defaults to `None`, which runs the file.

    Raises:
        ConfigError: If the folder does not exist.

    Examples:

    >>> import pathlib, tempfile
    >>> from keras_av.workspace import Label, Provider, Workspace, rule
    >>> class Network(Provider):
    ...     pass
    >>> @rule()
    ... def network(*, depth: int) -> Network:
    ...     return Network()
    >>> root = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (root / "BUILD").write_text(
    ...     'load("@keras_av//:rules.bzl", "network")\\n'
    ...     'network(name = "deep", depth = 50)\\n'
    ... )
    >>> workspace = Workspace(root, {"network": network})
    >>> target = workspace.target(Label("", "deep"))
    >>> target.attributes, target.place
    ({'depth': 50}, 'BUILD:2')
    """

    def __init__(
        self,
        root: str | os.PathLike[str],
        rules: Mapping[str, Rule | LazyRule],
        defines: Mapping[str, str] | None = None,
        load: Callable[[pathlib.Path], Mapping[str, Rule]] | None = None,
    ) -> None:
        self.root = pathlib.Path(root)
        self.defines = dict(defines or {})
        if not self.root.is_dir():
            raise ConfigError(f"there is no folder {str(self.root)!r}")
        self._packages: dict[str, dict[str, Target]] = {}
        self._rules: dict[str, Mapping[str, Rule | LazyRule]] = {RULES: rules}
        self._load = load or rules_of
        self._process = ReaderProcess(self.root, self.defines, self._rules_of)

    def packages(self, below: str = "") -> list[str]:
        """List folders that contain a BUILD file, sorted.

        Args:
            below: Folder to search. Defaults to the whole workspace.
        """
        found = []
        for folder, names, files in os.walk(self.root / below):
            names[:] = [name for name in names if not name.startswith(".")]
            if any(name in files for name in BUILD_FILES):
                path = pathlib.Path(folder).relative_to(self.root)
                found.append("" if path == path.parent else path.as_posix())
        return sorted(found)

    def package(self, name: str) -> dict[str, Target]:
        """The targets of a package, by name.

        Args:
            name: Name of its folder.

        Raises:
            ConfigError: If there is no BUILD file, or it is invalid.
        """
        if name not in self._packages:
            self._packages[name] = {
                target: Target(
                    Label(name, target),
                    self._rules_of(file)[rule],
                    attributes,
                    place,
                )
                for file, rule, target, attributes, place in self._process.read(
                    name, self._build_file(name)
                )
            }
        return self._packages[name]

    def target(self, label: Label) -> Target:
        """The target of a label.

        Args:
            label: Label of the target.

        Raises:
            ConfigError: If there is none, or its BUILD file is invalid.
        """
        package = self.package(label.package)
        if label.name in package:
            return package[label.name]
        there = ", ".join(f":{name}" for name in package) or "no targets"
        hint = did_you_mean(label.name, package, f"it has {there}", ":{}")
        raise ConfigError(
            f"no target {label.name!r} in //{label.package}; {hint}"
        )

    def _build_file(self, package: str) -> str:
        for name in BUILD_FILES:
            path = f"{package}/{name}".lstrip("/")
            if (self.root / path).is_file():
                return path
        hint = did_you_mean(package, self.packages(), "", "//{}")
        folder = package or "the workspace's own folder"
        raise ConfigError(
            f"no package '//{package}': {folder} has no BUILD file"
            + (f"; {hint}" if hint else "")
        )

    def _rules_of(self, file: str) -> Mapping[str, Rule | LazyRule]:
        """The rules of a file that BUILD files load."""
        if file not in self._rules:
            self._rules[file] = self._load(self.root / file)
        return self._rules[file]


def rules_of(path: pathlib.Path) -> dict[str, Rule]:
    """The rules that a Python file defines."""
    # Imported late: reading BUILD files must be quick.
    import importlib.util

    name = f"build_rules_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ValueError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    # Dataclasses and Keras look up modules here.
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, Rule)
    }
