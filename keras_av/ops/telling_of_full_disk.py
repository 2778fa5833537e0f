"""Errors of a full disk, with the name of what was written."""

import contextlib
import errno
import os
from collections.abc import Iterator

from keras_av.ops.is_disk_full import is_disk_full


@contextlib.contextmanager
def telling_of_full_disk(
    path: str | os.PathLike[str],
    message: str = "No space left. Make room and run again",
) -> Iterator[None]:
    """Name the file, and what to do, in the error of a full disk.

    The system names no file if a disk becomes full while one is written, and
    HDF5 reports it with addresses of its buffers.

    Args:
        path: Path of the file or folder that is written.
        message: What to say. Defaults to a request to make room.

    Raises:
        OSError: If the disk is full. Other errors are left as they are.

    Examples:

    >>> import errno
    >>> from keras_av.ops.telling_of_full_disk import telling_of_full_disk
    >>> with telling_of_full_disk("out/log.csv"):
    ...     raise OSError(errno.ENOSPC, "No space left on device")
    Traceback (most recent call last):
    OSError: [Errno 28] No space left. Make room and run again: 'out/log.csv'
    """
    try:
        yield
    except Exception as error:
        if not is_disk_full(error):
            raise
        raise OSError(errno.ENOSPC, message, os.fspath(path)) from None
