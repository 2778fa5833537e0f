"""Atomic writing of folders."""

import contextlib
import os
import pathlib
import shutil
import tempfile
from collections.abc import Iterator

import filelock

_NEW, _OLD, _LOCK = "new", "old", ".scratch.lock"


@contextlib.contextmanager
def write_folder_whole(
    path: str | os.PathLike[str],
) -> Iterator[pathlib.Path]:
    """Write a folder atomically: in a hidden one, renamed when complete.

    Call `clear_scratch` before, for what an interrupted process has left.

    Args:
        path: Path of the folder, which is replaced if it exists.

    Yields:
        An empty folder beside it, with room for temporary files. What is in
        its folder `new` at the end becomes the folder at `path`.

    Examples:

    >>> import pathlib, tempfile
    >>> from keras_av.ops.write_folder_whole import write_folder_whole
    >>> path = pathlib.Path(tempfile.mkdtemp(), "served")
    >>> with write_folder_whole(path) as scratch:
    ...     (scratch / "new").mkdir()
    ...     _ = (scratch / "new" / "card.json").write_text("{}")
    >>> [file.name for file in path.iterdir()]
    ['card.json']
    """
    folder = pathlib.Path(path)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(
        dir=folder.parent, prefix=_prefix(folder)
    ) as name:
        scratch = pathlib.Path(name)
        # The system lets go of it however this process ends.
        with filelock.FileLock(scratch / _LOCK):
            yield scratch
            if folder.exists():
                folder.rename(scratch / _OLD)
            (scratch / _NEW).rename(folder)


def clear_scratch(path: str | os.PathLike[str]) -> None:
    """Remove what interrupted calls of `write_folder_whole` have left.

    A former folder that was moved away, but not yet replaced, is put back.
    Folders of processes that still write are left alone.

    Args:
        path: Path of the folder that was to be written.
    """
    folder = pathlib.Path(path)
    if not folder.parent.is_dir():
        return
    for left in folder.parent.iterdir():
        is_own = left.name.startswith(_prefix(folder))
        if not is_own or not (left / _LOCK).is_file():
            continue
        with contextlib.suppress(filelock.Timeout):
            with filelock.FileLock(left / _LOCK, timeout=0):
                if (left / _OLD).exists() and not folder.exists():
                    (left / _OLD).rename(folder)
                shutil.rmtree(left)


def _prefix(folder: pathlib.Path) -> str:
    return f".{folder.name}-"
