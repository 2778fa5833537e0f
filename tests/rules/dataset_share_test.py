"""A share of the files to learn from."""

import numpy as np
import pytest

from keras_av.rules import PreparedDataset, dataset_share, generated_dataset


@pytest.fixture(scope="module")
def dataset():
    return generated_dataset(num_train=32, num_test=16)


@pytest.mark.slow_on_tensorflow
def test_both_parts_are_the_whole(dataset):
    parts = [
        dataset_share(dataset=dataset, share=0.25, seed=1, rest=rest)
        for rest in (False, True)
    ]
    paths = [set(part.train.path.tolist()) for part in parts]
    assert [len(part) for part in paths] == [8, 24]
    assert set.union(*paths) == set(dataset.train.path.tolist())
    for part in parts:
        assert part.test.path.tolist() == dataset.test.path.tolist()
        assert part.files.class_names == dataset.files.class_names
        assert part.missing() is None


def test_the_others_keep_their_place_without_labels(dataset):
    few = dataset_share(dataset=dataset, share=0.25, seed=1)
    with_others = dataset_share(
        dataset=dataset, share=0.25, seed=1, keep_unlabelled=True
    )
    files, whole = with_others.train, dataset.train
    assert files.path.tolist() == whole.path.tolist()
    labelled = np.isin(files.path, few.train.path)
    assert files.label[labelled].tolist() == few.train.label.tolist()
    assert set(files.label[~labelled]) == {-1}


@pytest.mark.slow_on_tensorflow
def test_settings_are_chosen_on_training_files(dataset):
    part = dataset_share(
        dataset=dataset, share=0.75, seed=1, test_on_others=True
    )
    sides = [set(side.path.tolist()) for side in (part.train, part.test)]
    assert [len(side) for side in sides] == [24, 8]
    assert set.union(*sides) == set(dataset.train.path.tolist())
    assert len(set(part.test.label.tolist())) == part.files.num_classes
    few = dataset_share(dataset=part, share=0.5, keep_unlabelled=True)
    assert set(few.train.path.tolist()) == sides[0]
    assert set(few.test.path.tolist()) == sides[1]


def test_files_are_not_learned_from_and_tested_on(dataset):
    with pytest.raises(ValueError, match="Take a share of a share"):
        dataset_share(
            dataset=dataset,
            share=0.5,
            keep_unlabelled=True,
            test_on_others=True,
        )


@pytest.mark.parametrize("share", [0.0, 1.0, -1.0])
def test_a_share_that_is_none_is_refused(dataset, share):
    with pytest.raises(ValueError, match="share must be above 0"):
        dataset_share(dataset=dataset, share=share)


def test_a_share_of_files_that_are_not_prepared_yet(dataset, tmp_path):
    files = PreparedDataset(dataset, tmp_path / "shards")
    part = dataset_share(dataset=files, share=0.75, test_on_others=True)
    assert part.num_classes == dataset.num_classes
    assert part.num_train is None
