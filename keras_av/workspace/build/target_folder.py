"""The folder of a result: what is made in it, and whether it is finished."""

import contextlib
import json
import pathlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import filelock

_CONTENT = "target.json"
_DONE = "done.json"
_LOCK = ".lock"


class TargetFolder:
    """The folder of a result.

    `target.json` says what is made in it, and `done.json`, written last, that
    it is finished.

    Args:
        path: Path of the folder, which need not exist.

    Examples:

    >>> import pathlib, tempfile
    >>> from keras_av.workspace.build.target_folder import TargetFolder
    >>> folder = TargetFolder(pathlib.Path(tempfile.mkdtemp()))
    >>> folder.begin({"rule": "sscl"})
    >>> folder.is_begun, folder.is_finished
    (True, False)
    >>> folder.finish(seconds=1.0)
    >>> folder.is_finished, folder.content()
    (True, {'rule': 'sscl'})
    """

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path

    @property
    def is_finished(self) -> bool:
        """Whether the result is complete."""
        return (self.path / _DONE).is_file()

    @property
    def is_begun(self) -> bool:
        """Whether a result was begun in it."""
        return (self.path / _CONTENT).is_file()

    def content(self) -> dict[str, Any]:
        """What was begun in it."""
        return self._read().get("content", {})

    def about(self) -> dict[str, Any]:
        """What else was noted when it was begun."""
        return self._read().get("about", {})

    def begin(
        self,
        content: Mapping[str, Any],
        about: Mapping[str, Any] | None = None,
    ) -> None:
        """Make the folder; what an interrupted run left in it stays.

        Args:
            content: What its result depends on.
            about: Further notes for readers. Defaults to none.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        record = {"content": content, "about": about or {}}
        write_json(self.path / _CONTENT, record)

    def finish(self, seconds: float) -> None:
        """Mark the result as finished, after everything else is written.

        Args:
            seconds: Time that it took.
        """
        write_json(self.path / _DONE, {"seconds": round(seconds, 3)})

    @contextlib.contextmanager
    def locked(self, waiting: Callable[[], None]) -> Iterator[None]:
        """Hold the folder, which one process or thread at a time can do.

        Args:
            waiting: Called once if another one holds it.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(self.path / _LOCK)
        try:
            lock.acquire(blocking=False)
        except filelock.Timeout:
            waiting()
            lock.acquire()
        try:
            yield
        finally:
            lock.release()

    def remove(self) -> None:
        """Remove the folder; what is left of it never counts as finished."""
        (self.path / _DONE).unlink(missing_ok=True)
        shutil.rmtree(self.path)

    def _read(self) -> dict[str, Any]:
        return json.loads((self.path / _CONTENT).read_text("utf-8"))


def write_json(path: pathlib.Path, value: Any) -> None:
    """Write a JSON file whole or not at all, to the disk.

    Args:
        path: Path of the file.
        value: Value to write.
    """
    # Its room imports Keras, which reading BUILD files must not need.
    from keras_av.ops.write_whole import write_whole

    with write_whole(path) as aside:
        aside.write_text(json.dumps(value, indent=1), "utf-8")
