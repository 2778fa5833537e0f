"""A process that reads BUILD files, which they cannot outgrow."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterable, Mapping
from typing import Any, BinaryIO

from keras_av.workspace.labels.config_error import ConfigError
from keras_av.workspace.starlark.package_reader import PlainTarget

# What all files of a workspace may take.
MAX_BYTES = 1 << 30
# A file that takes longer for 5,000 targets probably does not terminate.
TIME_LIMIT = 10.0
# For how long one operation may go on after that, in seconds.
_GRACE = 1.0
# For how long the process may start, on a machine that is busy.
_START = 120.0
_PACKAGE = str(pathlib.Path(__file__).parents[3])
# What it may say of a file, in bytes.
_MAX_ANSWER = 256 << 20
_PROGRAM = (
    "import sys; sys.path[:] = {}; "
    "from keras_av.workspace.starlark.package_reader import main; main()"
)


class ReaderProcess:
    """Reads BUILD files in a process with limits of memory, time and depth.

    BUILD files and macros may come from strangers. The interpreter runs out of
    memory or stack on some of them, and never ends on others, so it runs in
    another process, which is started at the first file and serves all others.
    What it returns is plain data. Rules in Python files run in this process.

    Args:
        root: Folder of the workspace.
        defines: Values for `define` and `select`.
        rules_of: Function of a file that returns the names of its rules.
    """

    def __init__(
        self,
        root: pathlib.Path,
        defines: Mapping[str, str],
        rules_of: Callable[[str], Iterable[str]],
    ) -> None:
        self._root = root
        self._defines = dict(defines)
        self._rules_of = rules_of
        self._process: subprocess.Popen[bytes] | None = None
        self._printed: BinaryIO | None = None
        self._num_shown = 0
        self._room = _MAX_ANSWER
        self._end: weakref.finalize[..., Any] | None = None

    def read(self, package: str, path: str) -> list[PlainTarget]:
        """The targets of a package.

        Args:
            package: Folder of the BUILD file below the workspace.
            path: Path of the BUILD file below the workspace.

        Raises:
            ConfigError: If the file is invalid, or takes too much.
        """
        self._room = _MAX_ANSWER
        process = self._started(path)
        answer = self._ask(process, path, {"package": package, "path": path})
        targets: list[PlainTarget] = []
        while "rules_of" in answer or "targets" in answer:
            request = None
            if "rules_of" in answer:
                request = self._names(answer["rules_of"])
            targets += answer.get("targets", ())
            answer = self._ask(process, path, request)
        self._forward()
        if "error" in answer:
            raise ConfigError(answer["error"])
        return targets

    def _started(self, path: str) -> subprocess.Popen[bytes]:
        """The process, which is started for the first file."""
        if self._process is not None:
            return self._process
        self._printed, self._num_shown = tempfile.TemporaryFile(), 0
        folders = [folder for folder in sys.path if folder]
        program = _PROGRAM.format([*folders, _PACKAGE])
        self._process = process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._printed,
        )
        self._end = weakref.finalize(self, _stop, process, self._printed)
        about = {
            "root": os.path.abspath(self._root),
            "defines": self._defines,
            "time_limit": TIME_LIMIT,
            "max_bytes": MAX_BYTES,
        }
        self._ask(process, path, about, _START)
        return process

    def _ask(
        self,
        process: subprocess.Popen[bytes],
        path: str,
        request: Any,
        patience: float | None = None,
    ) -> Any:
        """Send a request, if there is one; the next answer.

        Raises:
            ConfigError: If the process ends in place of an answer.
        """
        overdue = threading.Event()

        def end() -> None:
            overdue.set()
            process.kill()

        timer = threading.Timer(patience or TIME_LIMIT + _GRACE, end)
        timer.start()
        try:
            return self._exchange(process, request)
        except (OSError, ValueError, RecursionError):
            process.kill()
            code = process.wait()
            raise self._why(path, code, overdue.is_set()) from None
        finally:
            timer.cancel()

    def _exchange(self, process: subprocess.Popen[bytes], request: Any) -> Any:
        given, answers = process.stdin, process.stdout
        if given is None or answers is None:
            raise ValueError("there are no pipes")
        if request is not None:
            given.write(json.dumps(request).encode() + b"\n")
            given.flush()
        line = answers.readline(self._room)
        self._room -= len(line)
        if not line.endswith(b"\n"):
            raise ValueError("there is no answer")
        return json.loads(line)

    def _names(self, file: str) -> dict[str, Any]:
        """The names of the rules of a file, or what is wrong with it."""
        try:
            return {"names": list(self._rules_of(file))}
        except Exception as error:
            return {"error": f"{type(error).__name__}: {error}"}

    def _why(self, path: str, code: int, overdue: bool) -> ConfigError:
        """Why there is no answer; the next file starts another process."""
        self._process = None
        if self._end is not None:
            self._end()
        if overdue or code == -signal.SIGXCPU:
            reason = f"it takes longer than {TIME_LIMIT:g} s, or does not end"
        else:
            how = signal.Signals(-code).name if code < 0 else f"status {code}"
            reason = (
                f"the Starlark interpreter ended with {how}. The files of a "
                f"workspace may take {MAX_BYTES >> 30} GB of memory, and "
                "expressions must not lie too deep in each other"
            )
        return ConfigError(f"{path}:1: cannot be read: {reason}")

    def _forward(self) -> None:
        """Show what the file printed."""
        if self._printed is not None:
            text = os.pread(
                self._printed.fileno(), _MAX_ANSWER, self._num_shown
            )
            self._num_shown += len(text)
            sys.stderr.write(text.decode(errors="replace"))


def _stop(process: subprocess.Popen[bytes], printed: BinaryIO) -> None:
    """End the process."""
    process.kill()
    process.communicate()
    printed.close()
