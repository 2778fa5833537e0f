import os

import pytest

from keras_av.data import Manifest, layouts


def touch(root, *paths):
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(b"")


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
    columns = layouts.folder(tmp_path)
    assert columns["path"] == [
        "run fast/ä b.avi",
        "walk/a.mp4",
        "walk/deep/er/b.WEBM",
    ]
    assert columns["label"] == [0, 1, 1]
    assert columns["class_names"] == ["run fast", "walk"]


def test_a_flat_folder_is_unlabelled(tmp_path):
    touch(tmp_path, "a.mp4", "b.wav")
    columns = layouts.folder(tmp_path)
    assert columns["label"] == [-1, -1] and columns["class_names"] == []
    assert len(Manifest.from_folder(tmp_path)) == 2


@pytest.mark.parametrize("make", ["from_folder", "from_esc50", "from_ucf101"])
def test_empty_and_missing_folders(tmp_path, make):
    with pytest.raises(ValueError, match="no media files"):
        getattr(Manifest, make)(tmp_path)
    with pytest.raises(ValueError, match="There is no folder"):
        getattr(Manifest, make)(tmp_path / "none")


def test_linked_folders_are_followed_once(tmp_path):
    touch(tmp_path, "store/a.mp4")
    (tmp_path / "set").mkdir()
    os.symlink(tmp_path / "store", tmp_path / "set" / "walk")
    os.symlink(tmp_path / "set", tmp_path / "store" / "loop")
    assert layouts.media_files(tmp_path / "set") == ["walk/a.mp4"]


def test_esc50_by_its_table(tmp_path):
    touch(tmp_path, "audio/1-100-A-0.wav", "audio/2-200-B-1.wav")
    (tmp_path / "meta").mkdir()
    (tmp_path / "meta" / "esc50.csv").write_text(
        "filename,fold,target,category,esc10,src_file,take\n"
        "1-100-A-0.wav,1,0,dog,True,100,A\n"
        "2-200-B-1.wav,2,1,rooster,True,200,B\n"
        "5-300-A-49.wav,5,49,hand_saw,False,300,A\n"
    )
    manifest = Manifest.from_esc50(tmp_path)
    assert manifest.label.tolist() == [0, 1, 49]
    assert manifest.fold.tolist() == [1, 2, 5]
    assert manifest.group.tolist() == ["100", "200", "300"]
    assert manifest.num_classes == 50
    assert manifest.class_names[49] == "hand_saw"
    ten = Manifest.from_esc50(tmp_path, esc10=True)
    assert ten.path.tolist() == manifest.path.tolist()[:2]
    assert ten.num_classes == 10


def test_esc50_by_its_file_names(tmp_path):
    touch(tmp_path, "audio/3-7-C-41.ogg", "audio/4-8-A-2.ogg", "audio/x.ogg")
    manifest = Manifest.from_esc50(tmp_path)
    assert manifest.label.tolist() == [41, 2]
    assert manifest.fold.tolist() == [3, 4]
    ten = Manifest.from_esc50(tmp_path, esc10=True)
    assert [ten.class_names[label] for label in ten.label] == ["chainsaw"]


def test_esc50_of_other_files(tmp_path):
    touch(tmp_path, "audio/x.ogg")
    with pytest.raises(ValueError, match="No file of ESC-50"):
        Manifest.from_esc50(tmp_path)


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
