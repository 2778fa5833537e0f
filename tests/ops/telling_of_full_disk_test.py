import errno
import os
import pathlib

import pytest

from keras_av.ops.telling_of_full_disk import telling_of_full_disk


def test_the_file_is_named():
    with (
        pytest.raises(OSError, match="^.Errno 28. Make room: 'a/b'$") as error,
        telling_of_full_disk(pathlib.Path("a/b"), "Make room"),
    ):
        raise RuntimeError(f"words, {os.strerror(errno.ENOSPC)}, addresses")
    assert error.value.errno == errno.ENOSPC
    assert error.value.filename == "a/b"
    assert error.value.__suppress_context__


def test_other_errors_are_left():
    mistake = OSError(errno.EIO, "Input/output error")
    with pytest.raises(OSError) as error, telling_of_full_disk("file"):
        raise mistake
    assert error.value is mistake
