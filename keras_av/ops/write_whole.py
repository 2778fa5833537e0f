"""Atomic writing of files."""

import contextlib
import os
import pathlib
from collections.abc import Iterator

from keras_av.ops.telling_of_full_disk import telling_of_full_disk


@contextlib.contextmanager
def write_whole(path: str | os.PathLike[str]) -> Iterator[pathlib.Path]:
    """Write a file atomically: under a temporary name, renamed when complete.

    The contents are flushed to disk before the rename, so neither a killed
    process nor a power failure leaves a partial file at `path`. If writing
    fails, an existing file is left unchanged.

    Args:
        path: Path of the file; its folder must exist.

    Yields:
        The path to write to, in the same folder.

    Raises:
        OSError: With `path` as its file name, if the disk is full.

    Examples:

    >>> import pathlib, tempfile
    >>> from keras_av.ops import write_whole
    >>> path = pathlib.Path(tempfile.mkdtemp(), "scores.txt")
    >>> with write_whole(path) as aside:
    ...     _ = aside.write_text("0.82")
    ...     path.exists()
    False
    >>> path.read_text()
    '0.82'
    """
    path = pathlib.Path(path)
    # Several processes may write the same file at once.
    aside = path.with_name(f"{path.name}.{os.getpid()}.aside")
    try:
        with telling_of_full_disk(path):
            yield aside
            with open(aside, "rb+") as file:
                os.fsync(file.fileno())
            os.replace(aside, path)
    except BaseException as error:
        aside.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename == str(aside):
            # The user knows this one.
            error.filename = str(path)
        raise
