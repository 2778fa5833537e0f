import errno
import os

import h5py
import pytest
import tensorflow as tf

from keras_av.ops.is_disk_full import is_disk_full


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "any words"),
        OSError(errno.EDQUOT, "any words"),
        RuntimeError(
            "file write failed: errno = 28, error message = 'No space "
            "left on device', buf = 0x56"
        ),
        tf.errors.ResourceExhaustedError(None, None, os.strerror(errno.ENOSPC)),
    ],
)
def test_the_errors_of_a_full_disk(error):
    assert is_disk_full(error)


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.EROFS, "Read-only file system"),
        ValueError("no space"),
        tf.errors.ResourceExhaustedError(None, None, "OOM when allocating"),
    ],
)
def test_other_errors(error):
    assert not is_disk_full(error)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_what_hdf5_says():
    with pytest.raises(OSError) as error:
        h5py.File("/dev/full", "w")
    assert is_disk_full(error.value)
