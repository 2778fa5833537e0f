import pytest

from keras_av.data import Manifest
from tests.data.layouts.files import touch

UCF = [
    f"{name}/v_{name}_g{group:02d}_c0{clip}.{ending}"
    for name, ending in (("Archery", "avi"), ("Surfing", "mp4"))
    for group in (1, 7, 8, 14, 15, 21, 22, 25)
    for clip in (1, 2)
]


@pytest.mark.parametrize(
    "split, groups",
    [(1, ["g01", "g07"]), (2, ["g08", "g14"]), (3, ["g15", "g21"])],
)
def test_ucf101_by_its_rule(tmp_path, split, groups):
    touch(tmp_path, *UCF, "Archery/other.mp4")
    manifest = Manifest.from_ucf101(tmp_path, split)
    assert len(manifest) == len(UCF)
    test = manifest.where(split="test")
    assert sorted(set(test.group)) == groups
    assert len(test) + len(manifest.where(split="train")) == len(manifest)
    assert manifest.class_names == ("Archery", "Surfing")


def test_ucf101_by_its_lists(tmp_path):
    touch(tmp_path, *UCF)
    lists = tmp_path / "ucfTrainTestlist"
    lists.mkdir()
    # The lists say .avi, whatever the files were converted to.
    (lists / "testlist02.txt").write_text(
        "Archery/v_Archery_g01_c01.avi\nSurfing/v_Surfing_g25_c02.avi\n"
    )
    (lists / "trainlist02.txt").write_text(
        "Archery/v_Archery_g08_c01.avi 1\n\n"
    )
    manifest = Manifest.from_ucf101(tmp_path, split=2)
    assert manifest.where(split="test").path.tolist() == [
        "Archery/v_Archery_g01_c01.avi",
        "Surfing/v_Surfing_g25_c02.mp4",
    ]
    assert len(manifest.where(split="train")) == 1
    assert len(manifest.where(split="")) == len(UCF) - 3


def test_ucf101_inside_of_another_folder(tmp_path):
    for name in ("Archery", "Surfing"):
        folder = tmp_path / "UCF-101" / name
        folder.mkdir(parents=True)
        (folder / f"v_{name}_g01_c01.avi").touch()
    manifest = Manifest.from_ucf101(tmp_path)
    assert manifest.class_names == ("Archery", "Surfing")
    assert manifest.label.tolist() == [0, 1]


def test_ucf101_refuses_other_splits_and_files(tmp_path):
    touch(tmp_path, "Archery/x.mp4")
    with pytest.raises(ValueError, match="split must be 1, 2 or 3"):
        Manifest.from_ucf101(tmp_path, split=0)
    with pytest.raises(ValueError, match="No file of UCF101"):
        Manifest.from_ucf101(tmp_path)
