import errno
import os

import pytest

from keras_av.ops import write_whole


def test_the_file_appears_at_the_end(tmp_path):
    path = tmp_path / "file"
    with write_whole(path) as aside:
        aside.write_text("new")
        assert aside.parent == tmp_path and not path.exists()
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_failure_leaves_the_former_file(tmp_path, error):
    path = tmp_path / "file"
    path.write_text("former")
    with pytest.raises(error), write_whole(path) as aside:
        aside.write_text("half")
        raise error
    assert path.read_text() == "former"
    assert os.listdir(tmp_path) == ["file"]


def test_bytes_reach_the_disk_before_the_name(tmp_path, monkeypatch):
    calls = []
    sync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda f: (calls.append("s"), sync(f)))
    monkeypatch.setattr(
        os, "replace", lambda a, b: (calls.append("r"), replace(a, b))
    )
    with write_whole(str(tmp_path / "file")) as aside:
        aside.write_bytes(b"x")
    assert calls == ["s", "r"]


def test_a_full_disk_is_told_with_the_file(tmp_path):
    path = tmp_path / "file"
    with pytest.raises(OSError, match="No space left. Make room") as error:
        with write_whole(path) as aside:
            aside.write_text("half")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert error.value.filename == str(path)
    assert not os.listdir(tmp_path)


def test_a_folder_that_must_not_be_written_is_told_with_the_file(tmp_path):
    path = tmp_path / "file"
    with pytest.raises(PermissionError) as error, write_whole(path) as aside:
        raise PermissionError(errno.EACCES, "Permission denied", str(aside))
    assert error.value.filename == str(path)
