"""A log of epochs that a resumed run continues."""

import csv
import os
import pathlib
from typing import Any

import keras

from keras_av.ops.telling_of_full_disk import telling_of_full_disk
from keras_av.ops.write_whole import write_whole
from keras_av.training.workers import worker_number


class EpochLog(keras.callbacks.CSVLogger):
    """Logs each epoch once in a CSV file, also in a run that is resumed.

    `keras.callbacks.CSVLogger` appends to whatever is there. A run that was
    killed after its last row and before its next backup repeats that epoch,
    which then has two rows. This callback deletes the rows of epochs that are
    trained again, and keeps the columns of the file, so that the log of a
    resumed run is that of an uninterrupted one.

    Put it after the callbacks whose values it logs, such as probes. On JAX and
    PyTorch, of several processes that train one model the first writes it.

    Args:
        filename: Path of the CSV file, whose folder is made if it is not there.
        separator: Separator of the columns. Defaults to `","`.

    Examples:

    >>> import os, tempfile
    >>> import keras, numpy as np
    >>> from keras_av.callbacks import EpochLog
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> model.compile(loss="mse")
    >>> x, y = np.ones((4, 2)), np.ones((4, 1))
    >>> log = EpochLog(os.path.join(tempfile.mkdtemp(), "log.csv"))
    >>> for first, last in (0, 2), (1, 3):
    ...     history = model.fit(x, y, initial_epoch=first, epochs=last,
    ...                         verbose=0, callbacks=[log])
    >>> with open(log.filename) as file:
    ...     [line.split(",")[0] for line in file]
    ['epoch', '0', '1', '2']
    """

    def __init__(
        self, filename: str | os.PathLike[str], separator: str = ","
    ) -> None:
        super().__init__(filename, separator=separator, append=True)
        self._begun = False
        self._columns: list[str] | None = None

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        if worker_number() > 0:
            return
        # Now, and not after an epoch that would be lost.
        pathlib.Path(self.filename).parent.mkdir(parents=True, exist_ok=True)
        # Which rows stay is known when the first epoch is.
        self._begun = False

    def on_epoch_begin(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        if not self._begun and worker_number() == 0:
            self._begun = True
            self._columns = self._keep_epochs_before(epoch)[1:] or None

    def on_epoch_end(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        if worker_number() > 0:
            return
        # Open for one row at a time: a run may end by an error at any moment.
        with telling_of_full_disk(self.filename):
            super().on_train_begin(logs)
            try:
                self.keys = self._columns
                super().on_epoch_end(epoch, logs)
                self._columns = self.keys
            finally:
                self.on_train_end(logs)

    def _keep_epochs_before(self, epoch: int) -> list[str]:
        """Delete all other rows; return the columns of the file."""
        path = pathlib.Path(self.filename)
        if not path.exists():
            return []
        with open(path, encoding="utf-8", newline="") as file:
            # A line without an end is what a full disk has left of a row.
            lines = [line for line in file if line.endswith("\n")]
        rows = list(csv.reader(lines, delimiter=self.sep))
        kept = [
            line
            for line, row in zip(lines[1:], rows[1:])
            if row and row[0].isdecimal() and int(row[0]) < epoch
        ]
        if not kept:
            path.unlink()
            return []
        with write_whole(path) as aside:
            aside.write_bytes("".join([lines[0], *kept]).encode())
        return rows[0]
