"""Recognition of a full disk."""

import errno
import os

_CODES = (errno.ENOSPC, errno.EDQUOT)


def is_disk_full(error: BaseException) -> bool:
    """Whether an error is that of a full disk or an exhausted quota.

    HDF5 and TensorFlow raise errors of other types, which contain the words of
    the system.

    Args:
        error: Any error.

    Examples:

    >>> import errno
    >>> from keras_av.ops.is_disk_full import is_disk_full
    >>> is_disk_full(OSError(errno.ENOSPC, "No space left on device"))
    True
    >>> is_disk_full(OSError(errno.ENOENT, "No such file or directory"))
    False
    """
    if isinstance(error, OSError) and error.errno in _CODES:
        return True
    return any(os.strerror(code) in str(error) for code in _CODES)
