import os

from keras_av.data.layouts.media_files import media_files
from tests.data.layouts.files import touch


def test_linked_folders_are_followed_once(tmp_path):
    touch(tmp_path, "store/a.mp4")
    (tmp_path / "set").mkdir()
    os.symlink(tmp_path / "store", tmp_path / "set" / "walk")
    os.symlink(tmp_path / "set", tmp_path / "store" / "loop")
    assert media_files(tmp_path / "set") == ["walk/a.mp4"]
