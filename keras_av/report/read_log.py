"""Reading of training logs written by `CSVLogger`."""

import os

import numpy as np


def read_log(path: str | os.PathLike[str]) -> dict[str, list[float]]:
    """Read a log written by `keras.callbacks.CSVLogger`.

    If an epoch was repeated after an interruption, its last row is used.

    Args:
        path: Path of the CSV file.

    Returns:
        Values by name, one per epoch; NaN if not measured.

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
