import numpy as np

from keras_av.data import FileTable, Manifest


def test_csv_round_trip(tmp_path):
    manifest = Manifest(
        "root",
        path=["b/2.mp4", "a/1.mp4", "a/3.mp4", "c/4.mp4"],
        label=[1, 0, 0, -1],
        split=["train", "test", "train", ""],
        group=["g1", "g1", "g2", ""],
        fold=[1, 2, 1, 0],
        class_names=("a", "b", "empty"),
    )
    manifest.to_csv(tmp_path / "m.csv")
    again = Manifest.from_csv(tmp_path / "m.csv")
    assert again.root == str(tmp_path)
    assert again.digest() == manifest.digest()
    assert again.group.tolist() == manifest.group.tolist()
    assert again.class_names == manifest.class_names
    part = again.where(split="test")
    part.to_csv(tmp_path / "part.csv")
    elsewhere = Manifest.from_csv(tmp_path / "part.csv", root="videos")
    assert elsewhere.class_names == manifest.class_names
    assert elsewhere.root == "videos"


def test_real_layouts(shared):
    ucf = Manifest.from_ucf101(shared("data/ucf6/clips"))
    assert len(ucf) == 477 and ucf.num_classes == 6
    table = Manifest.from_csv(
        shared("data/ucf6/manifest.csv"), root=shared("data")
    )
    assert table.split.tolist() == ucf.split.tolist()
    assert [f"g{int(group):02d}" for group in table.group] == list(ucf.group)
    assert table.label.tolist() == ucf.label.tolist()

    esc = Manifest.from_esc50(shared("data/esc"), esc10=True)
    assert len(esc) == 400 and esc.num_classes == 10
    assert np.bincount(esc.fold).tolist() == [0, 80, 80, 80, 80, 80]
    assert np.bincount(esc.label).tolist() == [40] * 10
    table = Manifest.from_csv(shared("data/esc/manifest.csv"))
    names = [esc.class_names[label] for label in esc.label]
    expected = [table.class_names[label] for label in table.label]
    assert [name.replace("_", " ") for name in names] == [
        name.replace("_", " ") for name in expected
    ]
    # Takes of one recording are never in two folds.
    folds = {}
    for group, fold in zip(esc.group, esc.fold):
        assert folds.setdefault(group, fold) == fold


def test_rows_of_a_manifest_are_a_manifest(tmp_path):
    (tmp_path / "a.wav").touch()
    (tmp_path / "b.wav").touch()
    manifest = Manifest.from_folder(tmp_path)
    for table in (manifest, manifest.subset([0]), manifest.where(split="")):
        assert type(table) is Manifest and isinstance(table, FileTable)
        assert not table.is_prepared
