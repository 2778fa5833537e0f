"""One run of fit."""

import pytest

from keras_av.rules import generated_dataset
from keras_av.rules.run import check_batch_size, read_log


def test_a_batch_must_be_in_the_set():
    dataset = generated_dataset(num_train=8)
    check_batch_size(8, dataset)
    for size in (0, 9):
        with pytest.raises(ValueError, match="batch_size must be from 1"):
            check_batch_size(size, dataset)


def test_an_epoch_that_was_logged_twice_counts_once(tmp_path):
    log = tmp_path / "log.csv"
    log.write_text("epoch,loss\n0,3\n1,2\n1,5\n2,1\n")
    assert read_log(log) == {"epoch": [0, 1, 2], "loss": [3, 5, 1]}
    log.write_text("epoch,loss\n0,3\n")
    assert read_log(log) == {"epoch": [0], "loss": [3]}


def test_what_a_run_leaves(classifier):
    assert len(read_log(classifier.folder / "log.csv")["loss"]) == 1
    assert not (classifier.folder / "backup").exists()
