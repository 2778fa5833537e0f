import errno
import os
import sys

import keras
import numpy as np
import pytest

from keras_av.callbacks import EpochLog


class Value(keras.callbacks.Callback):
    """A value that is logged under a name, for one epoch after another."""

    def __init__(self, *names):
        super().__init__()
        self.names = names

    def on_epoch_end(self, epoch, logs=None):
        logs.clear()
        logs.update({name: epoch / 2 for name in self.names})


@pytest.fixture
def run(tmp_path):
    """Trains from an epoch to another, and returns the log."""
    path = tmp_path / "log.csv"

    def run(first, last, *names):
        model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
        model.compile(loss="mse")
        model.fit(
            np.ones((2, 1)),
            np.ones((2, 1)),
            initial_epoch=first,
            epochs=last,
            verbose=0,
            callbacks=[Value(*names or ("loss", "b")), EpochLog(path)],
        )
        return path.read_bytes().splitlines()

    run.path = path
    return run


WHOLE = [b"epoch,b,loss,val_b,val_loss"] + [
    f"{epoch},{epoch / 2},{epoch / 2},NA,NA".encode() for epoch in range(4)
]


def test_a_full_disk_is_told_with_the_file(tmp_path, monkeypatch):
    log = EpochLog(tmp_path / "log.csv")

    def full(self, epoch, logs):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(keras.callbacks.CSVLogger, "on_epoch_end", full)
    with pytest.raises(OSError, match="No space left. Make room") as error:
        log.on_epoch_end(0, {"loss": 1.0})
    assert error.value.filename == str(tmp_path / "log.csv")


def test_of_several_processes_the_first_writes(tmp_path, monkeypatch):
    path = tmp_path / "logs" / "log.csv"
    log, module = EpochLog(path), sys.modules[EpochLog.__module__]
    for number in (1, 0):
        monkeypatch.setattr(module, "worker_number", lambda n=number: n)
        log.on_train_begin()
        log.on_epoch_begin(0)
        log.on_epoch_end(0, {"loss": 1.0})
        assert path.exists() == path.parent.exists() == (number == 0)
    # Nor does another one delete its rows.
    monkeypatch.setattr(module, "worker_number", lambda: 1)
    EpochLog(path).on_epoch_begin(0)
    assert path.read_text().startswith("epoch,loss")


@pytest.mark.slow_on_tensorflow
def test_each_epoch_once(run):
    assert run(0, 3) == WHOLE[:4]
    assert run(2, 4) == WHOLE
    # Nothing was left to do.
    assert run(4, 4) == WHOLE
    # Nothing was backed up.
    assert run(0, 2) == WHOLE[:3]
    assert list(run.path.parent.iterdir()) == [run.path]


@pytest.mark.slow_on_tensorflow
def test_what_a_full_disk_left_of_a_row(run):
    run(0, 2)
    with open(run.path, "ab") as file:
        file.write(b"1")
    assert run(2, 4) == WHOLE
    run.path.write_bytes(b"epoch,b,lo")
    assert run(0, 4) == WHOLE


@pytest.mark.slow_on_tensorflow
def test_columns_stay_those_of_the_file(run):
    run(0, 2)
    lines = run(2, 3, "a", "b", "loss")
    assert lines == WHOLE[:4]


def test_its_folder_is_made_before_an_epoch(tmp_path):
    log = EpochLog(tmp_path / "a" / "b" / "log.csv")
    log.on_train_begin()
    assert (tmp_path / "a" / "b").is_dir()
    assert not (tmp_path / "a" / "b" / "log.csv").exists()
