import pytest

from keras_av.data import Manifest
from keras_av.data.layouts.folder import folder_columns
from tests.data.layouts.files import touch


def test_a_folder_of_classes(tmp_path):
    touch(
        tmp_path,
        "walk/a.mp4",
        "walk/deep/er/b.WEBM",
        "run fast/ä b.avi",
        "run fast/notes.txt",
        "run fast/.hidden.mp4",
        ".git/c.mp4",
        "empty/readme.md",
    )
    columns = folder_columns(tmp_path)
    assert columns["path"] == [
        "run fast/ä b.avi",
        "walk/a.mp4",
        "walk/deep/er/b.WEBM",
    ]
    assert columns["label"] == [0, 1, 1]
    assert columns["class_names"] == ["run fast", "walk"]


def test_a_flat_folder_is_unlabelled(tmp_path):
    touch(tmp_path, "a.mp4", "b.wav")
    columns = folder_columns(tmp_path)
    assert columns["label"] == [-1, -1] and columns["class_names"] == []
    assert len(Manifest.from_folder(tmp_path)) == 2


@pytest.mark.parametrize("make", ["from_folder", "from_esc50", "from_ucf101"])
def test_empty_and_missing_folders(tmp_path, make):
    with pytest.raises(ValueError, match="no media files"):
        getattr(Manifest, make)(tmp_path)
    with pytest.raises(ValueError, match="There is no folder"):
        getattr(Manifest, make)(tmp_path / "none")
