"""Logs of training."""

from keras_av.report import read_log


def test_an_epoch_that_was_logged_twice_counts_once(tmp_path):
    log = tmp_path / "log.csv"
    log.write_text("epoch,loss\n0,3\n1,2\n1,5\n2,1\n")
    assert read_log(log) == {"epoch": [0, 1, 2], "loss": [3, 5, 1]}
    log.write_text("epoch,loss\n0,3\n")
    assert read_log(log) == {"epoch": [0], "loss": [3]}
