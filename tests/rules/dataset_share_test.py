"""A share of the files to learn from."""

import pytest

from keras_av.rules import dataset_share


def test_both_parts_are_the_whole(dataset):
    parts = [
        dataset_share(dataset=dataset, share=0.25, seed=1, rest=rest)
        for rest in (False, True)
    ]
    paths = [set(part.train.path.tolist()) for part in parts]
    assert [len(part) for part in paths] == [2, 6]
    assert set.union(*paths) == set(dataset.train.path.tolist())
    for part in parts:
        assert part.test.path.tolist() == dataset.test.path.tolist()
        assert part.files.class_names == dataset.files.class_names
        assert part.missing() is None


@pytest.mark.parametrize("share", [0.0, 1.0, -1.0])
def test_a_share_that_is_none_is_refused(dataset, share):
    with pytest.raises(ValueError, match="share must be above 0"):
        dataset_share(dataset=dataset, share=share)
