"""Recognition of files that may not be read or written."""

import errno
import os

_CODES = (errno.EROFS, errno.EACCES, errno.EPERM)


def is_locked_out(error: BaseException) -> bool:
    """Whether an error names a file that may not be read or written.

    Args:
        error: Any error.

    Examples:

    >>> import errno
    >>> from keras_av.ops.is_locked_out import is_locked_out
    >>> is_locked_out(PermissionError(errno.EACCES, "denied", "out/log.csv"))
    True
    >>> is_locked_out(OSError(errno.ENOENT, "No such file", "out/log.csv"))
    False
    """
    return (
        isinstance(error, OSError)
        and error.errno in _CODES
        and isinstance(error.filename, (str, bytes, os.PathLike))
    )
