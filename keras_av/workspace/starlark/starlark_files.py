"""Running of BUILD files and the files that they load."""

import pathlib
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import starlark

from keras_av.workspace.labels.config_error import ConfigError
from keras_av.workspace.labels.label import Label
from keras_av.workspace.starlark.call_place import call_place, tidy_error

RULES = "@keras_av//:rules.bzl"
_MAX_DEPTH = 200
# Values leave the interpreter as JSON, which has null for these numbers.
_NOT_FINITE = """
def _not_finite(value, depth = 0):
    kind = type(value)
    if kind == "float":
        return value - value != 0
    if kind == "dict":
        value = value.keys() + value.values()
    elif kind == "struct":
        value = [getattr(value, name) for name in dir(value)]
    elif kind != "list" and kind != "tuple":
        return False
    return depth < 40 and any([_not_finite(v, depth + 1) for v in value])
"""

_GLOBALS = starlark.Globals.extended_by(
    [
        starlark.LibraryExtension.CallStack,
        starlark.LibraryExtension.StructType,
        starlark.LibraryExtension.Print,
    ]
)
_DIALECT = starlark.Dialect.extended()
# As in Bazel: comprehensions and macros, no bare `for` and `if`.
_DIALECT.enable_top_level_stmt = False

Emit = Callable[[str, str, dict[str, Any], str], None]
RulesOf = Callable[[str], Iterable[str]]


class StarlarkFiles:
    """Runs BUILD files, each in a separate module.

    Args:
        root: Folder of the workspace.
        rules_of: Function of `@keras_av//:rules.bzl` or the path of a Python
            file that returns the names of its rules.
        emit: Function that is called with the file and the name of the rule,
            the attributes and the place of each target.
        functions: Further functions that files may call.
        time_limit: Time limit for one file with all that it loads, in seconds,
            from its start or the last call of `go_on`.
    """

    def __init__(
        self,
        root: pathlib.Path,
        rules_of: RulesOf,
        emit: Emit,
        functions: Mapping[str, Callable[..., Any]],
        time_limit: float,
    ) -> None:
        self._root = root
        self._rules_of = rules_of
        self._emit = emit
        self._functions = functions
        self._time_limit = time_limit
        self._loaded: dict[str, starlark.FrozenModule] = {}
        self._loading: list[str] = []
        self._raised: ConfigError | None = None
        self._deadline = 0.0

    def run(self, path: str) -> None:
        """Run a BUILD file and emit its targets.

        Args:
            path: Path relative to the workspace.

        Raises:
            ConfigError: If the file is invalid.
        """
        self.go_on()
        self._raised = None
        try:
            self._evaluate(self._module(), path, self._read(path))
        except starlark.StarlarkError as error:
            # Errors raised in Python already have their place.
            text = str(error).replace(
                "Evaluation cancelled",
                f"it takes longer than {self._time_limit:g} s, or does not end",
            )
            raise self._raised or ConfigError(tidy_error(text)) from None

    def go_on(self) -> None:
        """Allow the file that is read its whole time once more."""
        self._deadline = time.monotonic() + self._time_limit

    def _evaluate(self, module: Any, path: str, text: str) -> Any:
        options = starlark.EvalOptions(
            check_cancelled=lambda: time.monotonic() > self._deadline,
            max_callstack_size=_MAX_DEPTH,
        )
        parsed = starlark.parse(path, text, _DIALECT)
        loader = starlark.FileLoader(self._load)
        starlark.eval_with(options, module, parsed, _GLOBALS, loader)
        return module

    def _read(self, path: str) -> str:
        self._check_inside(path)
        try:
            return (self._root / path).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path}:1: cannot be read: {error}") from error

    def _check_inside(self, path: str) -> None:
        """Refuse links that lead out of the workspace, as glob does."""
        file = (self._root / path).resolve()
        if not file.is_relative_to(self._root.resolve()):
            raise ConfigError(
                f"{path}:1: cannot be read: it is a link to {file}, which is "
                "outside the workspace. Copy the file into it."
            )

    def _module(self) -> Any:
        module = starlark.Module()
        for name, function in self._functions.items():
            module.add_callable(name, self._remembering(function))
        return module

    def _remembering(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap a function to keep its errors, which the interpreter hides."""

        def call(*args: Any, **kwargs: Any) -> Any:
            try:
                return function(*args, **kwargs)
            except ConfigError as error:
                self._raised = error
                raise

        return call

    def _load(self, name: str) -> starlark.FrozenModule:
        """The module that `load(name, ...)` returns."""
        if name in self._loading:
            ring = " -> ".join([*self._loading, name])
            raise ValueError(f"files load each other: {ring}")
        if name not in self._loaded:
            self._loading.append(name)
            try:
                self._loaded[name] = self._loaded_anew(name).freeze()
            finally:
                self._loading.pop()
        return self._loaded[name]

    def _loaded_anew(self, name: str) -> Any:
        if name == RULES:
            return self._rule_module(name)
        path = _loaded_path(name)
        if not (self._root / path).is_file():
            raise ValueError(f"there is no file {path} for {name!r}")
        if path.endswith(".py"):
            self._check_inside(path)
            return self._rule_module(path)
        return self._evaluate(self._module(), path, self._read(path))

    def _rule_module(self, file: str) -> Any:
        """A module of rule functions that record the place of their call."""
        module = starlark.Module()
        begin = time.monotonic()
        rules = self._rules_of(file)
        # Python files may import what takes its time.
        self._deadline += time.monotonic() - begin

        def emit(
            rule: str,
            attributes: dict[str, Any],
            stack: str,
            not_finite: list[str],
        ) -> None:
            place = call_place(stack)
            if not_finite:
                raise ConfigError(
                    f"{place}: {not_finite[0]}: received infinity or NaN. "
                    "BUILD files may have finite numbers only: write another "
                    "number, or None where the rule has no limit then."
                )
            if self._loading:
                raise ConfigError(
                    f"{place}: {rule}() is called while loading a file. "
                    "Targets belong in BUILD files: put the call into a "
                    "function, and call it from a BUILD file."
                )
            self._emit(file, rule, attributes, place)

        module.add_callable("_emit", self._remembering(emit))
        text = _NOT_FINITE + "".join(
            f"def {rule}(**attributes):\n"
            f'    _emit("{rule}", attributes, call_stack(), '
            "[k for k, v in attributes.items() if _not_finite(v)])\n"
            for rule in rules
        )
        return self._evaluate(module, f"@{file}", text)


def _loaded_path(name: str) -> str:
    """The path of a loaded file, relative to the workspace."""
    if name.startswith("//") and ":" in name:
        label = Label.parse(name)
        path = f"{label.package}/{label.name}".lstrip("/")
        if path.endswith((".bzl", ".py")):
            return path
    raise ValueError(
        f'{name!r} cannot be loaded. Write "//package:file.bzl" for macros, '
        f'"//package:file.py" for custom rules, or "{RULES}".'
    )
