"""Data sets by name."""

import numpy as np
import pytest

from keras_av import rules
from keras_av.data import generated_set, prepare


def test_official_splits(shared):
    dataset = rules.ucf101(path=str(shared("data/ucf6")))
    assert dataset.missing() is None
    assert dataset.num_train == len(dataset.train) > 0
    assert dataset.num_classes == 6
    assert set(dataset.test.split) == {"test"}


def test_official_folds(shared):
    path = str(shared("data/esc"))
    dataset = rules.esc50(path=path, test_fold=2)
    assert set(dataset.test.fold) == {2}
    assert 2 not in dataset.train.fold


def test_a_folder_and_what_was_prepared_of_it(tmp_path, clips):
    files = generated_set(num_train=8, num_test=8)
    folder = rules.folder_dataset(path=files.root, test_share=0.5)
    assert len(folder.train) + len(folder.test) == len(folder.files)
    prepare(files, tmp_path / "set", clips.spec, num_workers=1, verbose=False)
    prepared = rules.folder_dataset(path=str(tmp_path / "set"))
    assert len(prepared.train) == len(prepared.test) == 8


def test_a_table(tmp_path):
    files = generated_set(num_train=8, num_test=8)
    files.to_csv(tmp_path / "files.csv")
    dataset = rules.csv_dataset(
        path=str(tmp_path / "files.csv"), root=files.root
    )
    assert len(dataset.train) == 8
    assert dataset.train.class_names == files.class_names
    part = rules.csv_dataset(
        path=str(tmp_path / "files.csv"),
        root=files.root,
        exclude_classes=["hammer_metal"],
    )
    names = np.array(part.files.class_names)
    assert "hammer_metal" not in names[part.files.label]
    assert 0 < len(part.files) < len(files)


def test_generated_sets_are_counted_without_being_made():
    assert rules.generated_dataset(num_train=10**6).num_train == 10**6
    assert rules.generated_long_dataset(num_train=10**6).num_train == 10**6
    part = rules.generated_dataset(
        num_train=8, num_test=8, exclude_classes=["hammer_metal"]
    )
    assert part.num_train is None
    names = np.array(part.files.class_names)
    assert "hammer_metal" not in names[part.train.label]


@pytest.mark.parametrize(
    "make",
    [
        rules.ucf101,
        rules.hmdb51,
        rules.esc50,
        rules.kinetics,
        rules.activitynet,
        rules.vggsound,
        rules.dcase,
        rules.folder_dataset,
    ],
)
def test_a_set_that_is_not_there_says_so(make):
    assert "there is no '/nowhere'" in make(path="/nowhere").missing()
