"""Reading of packages, in the process that a `ReaderProcess` starts."""

import json
import math
import os
import pathlib
import resource
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, NoReturn, TextIO

from keras_av.workspace.labels.config_error import ConfigError
from keras_av.workspace.labels.label import Label
from keras_av.workspace.starlark.starlark_files import RulesOf, StarlarkFiles

# What all files of a workspace may print.
_MAX_PRINTED = 16 << 20
# An error shows its line, which may be long.
_MAX_MESSAGE = 4000
# How deep lists and dicts may lie in each other.
_MAX_NESTING = 32
# Targets that are sent at once. A file may take its whole time for each such
# number, so that one of many targets is read, and one without end is not.
_TARGETS_AT_ONCE = 5000

# The file and the name of its rule, its name, attributes and place.
PlainTarget = tuple[str, str, str, dict[str, Any], str]


class PackageReader:
    """Reads the targets of BUILD files as plain data.

    Args:
        root: Folder of the workspace.
        defines: Values for `define` and `select`.
        rules_of: Function of a file that returns the names of its rules.
        send: Function that is called with targets, some of a file at a time.
        time_limit: Time limit for as many, with all that is loaded, in seconds.
    """

    def __init__(
        self,
        root: pathlib.Path,
        defines: dict[str, str],
        rules_of: RulesOf,
        send: Callable[[list[PlainTarget]], None],
        time_limit: float,
    ) -> None:
        self._root = root
        self._defines = defines
        self._send = send
        self._package = ""
        self._places: dict[str, str] = {}
        self._targets: list[PlainTarget] = []
        self._files = StarlarkFiles(
            root,
            rules_of,
            self._add,
            {
                "define": self._define,
                "glob": self._glob,
                "select": self._select,
            },
            time_limit,
        )

    def read(self, package: str, path: str) -> None:
        """Read the targets of a package.

        Args:
            package: Folder of the BUILD file below the workspace.
            path: Path of the BUILD file below the workspace.

        Raises:
            ConfigError: If it is invalid.
        """
        self._package, self._places, self._targets = package, {}, []
        self._files.run(path)
        self._send(self._targets)

    def _add(
        self, file: str, rule: str, attributes: dict[str, Any], place: str
    ) -> None:
        """Add a target of a BUILD file."""
        name = attributes.pop("name", None)
        if not isinstance(name, str):
            raise ConfigError(
                f"{place}: {rule}() needs a name, a string. Received: {name!r}"
            )
        if _nesting(attributes) > _MAX_NESTING:
            raise ConfigError(
                f"{place}: {rule}() has an attribute with more than "
                f"{_MAX_NESTING} lists or dicts in each other."
            )
        try:
            label = Label.parse(f":{name}", self._package)
        except ValueError as error:
            raise ConfigError(f"{place}: {error}") from error
        if name in self._places:
            raise ConfigError(
                f"{place}: target {label} is already defined at "
                f"{self._places[name]}"
            )
        self._places[name] = place
        self._targets.append((file, rule, name, attributes, place))
        if len(self._targets) == _TARGETS_AT_ONCE:
            self._send(self._targets)
            self._targets = []
            self._files.go_on()

    def _define(self, name: str, default: str) -> str:
        return self._defines.get(name, default)

    def _glob(
        self, patterns: list[str], exclude: Sequence[str] = ()
    ) -> list[str]:
        folder = self._root / self._package
        for one in (*patterns, *exclude):
            if ".." in pathlib.PurePath(one).parts:
                raise ValueError(
                    f"glob finds files below its folder only. Received: {one!r}"
                )
        found = {path for one in patterns for path in folder.glob(one)}
        found -= {path for one in exclude for path in folder.glob(one)}
        files = sorted(path for path in found if path.is_file())
        inside = self._root.resolve()
        for path in files:
            if not path.resolve().is_relative_to(inside):
                raise ValueError(
                    f"glob found {path.relative_to(self._root)}, a link to "
                    f"{path.resolve()}, which is outside the workspace. Name "
                    "it in exclude, or pass its path by define()."
                )
        return [path.relative_to(folder).as_posix() for path in files]

    def _select(self, branches: dict[str, Any]) -> Any:
        for condition, value in branches.items():
            name, _, wanted = condition.partition("=")
            if self._defines.get(name) == wanted:
                return value
        if "default" in branches:
            return branches["default"]
        raise ValueError(
            f"select has no branch for {self._defines} and no 'default'; it "
            f"has {', '.join(branches)}"
        )


def _nesting(value: Any, depth: int = 0) -> int:
    """How deep a value is, as far as it matters."""
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list) or depth > _MAX_NESTING:
        return depth
    return max((_nesting(one, depth + 1) for one in value), default=depth)


def _limit(kind: int, amount: int) -> None:
    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        amount = min(amount, hard)
    resource.setrlimit(kind, (amount, hard))


def _serve(given: TextIO, answers: TextIO) -> None:
    """Answer requests, each a line of JSON, until there are no more."""

    def say(answer: Any) -> None:
        print(json.dumps(answer), file=answers, flush=True)

    def rules_of(file: str) -> list[str]:
        say({"rules_of": file})
        answer = json.loads(given.readline())
        if "error" in answer:
            raise ValueError(f"{file} fails: {answer['error']}")
        return answer["names"]

    def send(targets: list[PlainTarget]) -> None:
        say({"targets": targets})
        limit_cpu()

    def limit_cpu() -> None:
        # A process that nobody waits for any more ends, too.
        seconds = time.process_time() + 2 * limit + 1
        _limit(resource.RLIMIT_CPU, math.ceil(seconds))

    about = json.loads(given.readline())
    limit = about["time_limit"]
    _limit(resource.RLIMIT_AS, about["max_bytes"])
    reader = PackageReader(
        pathlib.Path(about["root"]), about["defines"], rules_of, send, limit
    )
    say("ready")
    for line in given:
        limit_cpu()
        request = json.loads(line)
        try:
            reader.read(request["package"], request["path"])
        except ConfigError as error:
            say({"error": str(error)[:_MAX_MESSAGE]})
        else:
            say({"end": True})


def main() -> NoReturn:
    """Serve a `ReaderProcess` on standard input and output."""
    _limit(resource.RLIMIT_FSIZE, _MAX_PRINTED)
    _limit(resource.RLIMIT_CORE, 0)
    answers = os.fdopen(os.dup(1), "w")
    # What is printed must not look like an answer.
    os.dup2(2, 1)
    try:
        _serve(sys.stdin, answers)
    except BaseException as error:
        # Memory may be exhausted, or the interpreter broken.
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        os._exit(1)
    os._exit(0)
