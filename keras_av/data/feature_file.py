"""The features of one video, from its file."""

import os
import zipfile
from collections.abc import Sequence

import numpy as np

from keras_av.data.media_error import MediaError
from keras_av.ops.types import Array


def feature_path(folder: str, row: int) -> str:
    """The file of a manifest's row."""
    return os.path.join(folder, f"{row:06d}.npz")


def read_feature_file(path: str, names: Sequence[str]) -> dict[str, Array]:
    """Read the arrays of some names, and `has_audio`.

    Raises:
        MediaError: If the file is not there or does not hold them.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            there = sorted(file.files)
            arrays = {
                name: file[name]
                for name in (*names, "has_audio")
                if name in there
            }
    except FileNotFoundError as error:
        raise MediaError("missing", "there is no such file") from error
    except (OSError, EOFError, ValueError, zipfile.BadZipFile) as error:
        raise MediaError("unreadable", str(error)) from error
    for name in (*names, "has_audio"):
        if name not in arrays:
            raise MediaError("corrupt", f"no {name!r} among {there}")
    _check(arrays, names)
    return arrays


def _check(arrays: dict[str, Array], names: Sequence[str]) -> None:
    length = len(arrays["has_audio"])
    for name in names:
        shape = arrays[name].shape
        if len(shape) != 2 or shape[0] != length:
            raise MediaError(
                "corrupt", f"{name!r} of shape {shape} for {length} clips"
            )
        if not np.isfinite(arrays[name]).all():
            raise MediaError("not_finite", f"{name!r} holds NaN or infinity")
    if not length:
        raise MediaError("empty", "it holds no clips")
