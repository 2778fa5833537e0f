import pytest

from keras_av.data import Manifest
from tests.data.layouts.files import rows, touch


@pytest.fixture
def hmdb(tmp_path):
    films = ("April_09", "X_men")
    for name in ("run", "brush_hair"):
        files = [f"{film}_{name}_u_nm_np1_ba_goo_0.avi" for film in films]
        touch(tmp_path, *(f"{name}/{file}" for file in files))
        lists = tmp_path / "testTrainMulti_7030_splits"
        lists.mkdir(exist_ok=True)
        for split in (1, 2):
            numbers = (1, 2) if split == 1 else (2, 0)
            text = "".join(f"{f} {n} \n" for f, n in zip(files, numbers))
            (lists / f"{name}_test_split{split}.txt").write_text(text)
    touch(tmp_path, "run/unlisted.avi")
    return tmp_path


def test_hmdb51(hmdb):
    end = "u_nm_np1_ba_goo_0.avi"
    assert rows(Manifest.from_hmdb51(hmdb)) == [
        (
            f"brush_hair/April_09_brush_hair_{end}",
            "brush_hair",
            "train",
            "April_09",
        ),
        (f"brush_hair/X_men_brush_hair_{end}", "brush_hair", "test", "X_men"),
        (f"run/April_09_run_{end}", "run", "train", "April_09"),
        (f"run/X_men_run_{end}", "run", "test", "X_men"),
    ]
    second = Manifest.from_hmdb51(hmdb, split=2)
    assert second.split.tolist() == ["test", "", "test", ""]


def test_hmdb51_needs_its_lists(hmdb):
    with pytest.raises(ValueError, match="1, 2 or 3"):
        Manifest.from_hmdb51(hmdb, split=4)
    with pytest.raises(ValueError, match="No lists.*split3.txt"):
        Manifest.from_hmdb51(hmdb, split=3)
