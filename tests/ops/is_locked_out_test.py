import errno

from keras_av.ops.is_locked_out import is_locked_out


def test_a_file_must_be_named():
    for code in (errno.EROFS, errno.EACCES, errno.EPERM):
        assert is_locked_out(OSError(code, "words", "file"))
        assert not is_locked_out(OSError(code, "words"))
    assert not is_locked_out(OSError(errno.ENOENT, "words", "file"))
    assert not is_locked_out(ValueError("file"))
