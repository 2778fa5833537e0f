import pytest

from keras_av.ops.write_folder_whole import clear_scratch, write_folder_whole


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def write(folder, text):
    with write_folder_whole(folder) as scratch:
        (scratch / "new").mkdir()
        (scratch / "new" / "file").write_text(text)
        assert names(folder.parent) != ["served"]


def left_by_a_kill(folder):
    """What is there if the process ends before the two renames, or amid."""
    scratch = folder.parent / f".{folder.name}-abcd1234"
    scratch.mkdir()
    # The lock of a process that is gone is free.
    (scratch / ".scratch.lock").touch()
    return scratch


def test_the_folder_is_replaced_at_the_end(tmp_path):
    for text in ("first", "second"):
        write(tmp_path / "a" / "served", text)
        assert (tmp_path / "a" / "served" / "file").read_text() == text
        assert names(tmp_path / "a") == ["served"]


def test_a_failure_leaves_the_former_one(tmp_path):
    write(tmp_path / "served", "former")
    with pytest.raises(KeyboardInterrupt):
        with write_folder_whole(tmp_path / "served") as scratch:
            (scratch / "new").mkdir()
            raise KeyboardInterrupt
    assert (tmp_path / "served" / "file").read_text() == "former"
    assert names(tmp_path) == ["served"]


def test_what_a_killed_process_left_is_removed(tmp_path):
    write(tmp_path / "served", "former")
    (left_by_a_kill(tmp_path / "served") / "half").touch()
    clear_scratch(tmp_path / "served")
    assert names(tmp_path) == ["served"]
    clear_scratch(tmp_path / "no" / "served")


def test_a_folder_that_was_moved_away_is_put_back(tmp_path):
    write(tmp_path / "served", "former")
    left = left_by_a_kill(tmp_path / "served")
    (tmp_path / "served").rename(left / "old")
    clear_scratch(tmp_path / "served")
    assert (tmp_path / "served" / "file").read_text() == "former"
    assert names(tmp_path) == ["served"]


def test_what_is_written_now_or_by_others_is_left_alone(tmp_path):
    (tmp_path / ".served-mine").mkdir()
    left = left_by_a_kill(tmp_path / "served_too")
    with write_folder_whole(tmp_path / "served") as scratch:
        clear_scratch(tmp_path / "served")
        (scratch / "new").mkdir()
    assert names(tmp_path) == [".served-mine", left.name, "served"]
