"""The folder of a result and its state."""

import contextlib
import json
import pathlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from typing import Any

_CONTENT = "target.json"
_DONE = "done.json"
_LOCK = ".lock"


class TargetFolder:
    """The folder of a result.

    `target.json` describes the result, and `done.json`, written last, marks it
    as finished.

    Args:
        path: Path of the folder, which may not exist yet.

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
        """Whether a result was started in the folder."""
        return (self.path / _CONTENT).is_file()

    def content(self) -> dict[str, Any]:
        """The content of the result."""
        return self._read().get("content", {})

    def about(self) -> dict[str, Any]:
        """Further notes about the result."""
        return self._read().get("about", {})

    def begin(
        self,
        content: Mapping[str, Any],
        about: Mapping[str, Any] | None = None,
    ) -> None:
        """Create the folder, keeping files of an interrupted run.

        Args:
            content: What the result depends on.
            about: Further notes for readers. Defaults to none.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        record = {"content": content, "about": about or {}}
        write_json(self.path / _CONTENT, record)

    def finish(self, seconds: float) -> None:
        """Mark the result as finished, after everything else is written.

        Args:
            seconds: Duration of the build.
        """
        write_json(self.path / _DONE, {"seconds": round(seconds, 3)})

    @contextlib.contextmanager
    def locked(self, waiting: Callable[[], None]) -> Iterator[None]:
        """Lock the folder for one process or thread.

        Args:
            waiting: Function that is called once if the folder is locked by
                another one.
        """
        # Imported late: reading BUILD files must be quick.
        import filelock

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
        """Remove the folder; a partly removed one is never finished."""
        (self.path / _DONE).unlink(missing_ok=True)
        shutil.rmtree(self.path)

    def _read(self) -> dict[str, Any]:
        return json.loads((self.path / _CONTENT).read_text("utf-8"))


def write_json(path: pathlib.Path, value: Any) -> None:
    """Write a JSON file atomically.

    Args:
        path: Path of the file.
        value: Value to write.
    """
    # Imported late: keras_av.ops imports Keras, which reading BUILD files
    # must not require.
    from keras_av.ops.write_whole import write_whole

    with write_whole(path) as aside:
        aside.write_text(json.dumps(value, indent=1), "utf-8")
