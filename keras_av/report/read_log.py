"""Logs of training, as CSVLogger writes them."""

import os

import numpy as np


def read_log(path: str | os.PathLike[str]) -> dict[str, list[float]]:
    """Read what `keras.callbacks.CSVLogger` wrote.

    An interrupted run may have logged an epoch that was then repeated: of
    each epoch the last row counts.

    Args:
        path: Path of the CSV file.

    Returns:
        Values by name, one for each epoch; NaN where nothing was measured.

    Examples:

    >>> import pathlib, tempfile
    >>> from keras_av.report import read_log
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "log.csv"
    >>> _ = path.write_text("epoch,loss\\n0,3\\n1,2\\n1,1\\n")
    >>> read_log(path)["loss"]
    [3.0, 1.0]
    """
    log = np.atleast_1d(np.genfromtxt(path, delimiter=",", names=True))
    _, last = np.unique(log["epoch"][::-1], return_index=True)
    return {
        name: log[name][::-1][last].tolist() for name in log.dtype.names or ()
    }
