"""One run of fit."""

import pytest

from keras_av.report import read_log
from keras_av.rules import generated_dataset
from keras_av.rules.run import check_batch_size


def test_a_batch_must_be_in_the_set():
    dataset = generated_dataset(num_train=8)
    check_batch_size(8, dataset)
    for size in (0, 9):
        with pytest.raises(ValueError, match="batch_size must be from 1"):
            check_batch_size(size, dataset)


def test_what_a_run_leaves(classifier):
    assert len(read_log(classifier.folder / "log.csv")["loss"]) == 1
    assert not (classifier.folder / "backup").exists()
