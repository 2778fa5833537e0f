"""The features of one video, from its file."""

import io
import os
import re
import zipfile
from collections.abc import Sequence

import numpy as np

from keras_av.data.clip.media_error import MediaError
from keras_av.ops.types import Array

_HEADER = re.compile(
    r"\{'descr': '([<>|=]?[a-z]\d+)', 'fortran_order': (True|False), "
    r"'shape': \(([\d, ]*)\), \}\s*"
)


def feature_path(folder: str, row: int) -> str:
    """The file of a manifest's row."""
    return os.path.join(folder, f"{row:06d}.npz")


def read_feature_file(path: str, names: Sequence[str]) -> dict[str, Array]:
    """Read the arrays of some names, and `has_audio`.

    Raises:
        MediaError: If the file is not there or does not hold them.
    """
    try:
        with zipfile.ZipFile(path) as file:
            there = sorted(n.removesuffix(".npy") for n in file.namelist())
            arrays = {
                name: _read_array(file.read(f"{name}.npy"))
                for name in (*names, "has_audio")
                if name in there
            }
    except FileNotFoundError as error:
        raise MediaError("missing", "there is no such file") from error
    except Exception as error:
        # zipfile, zlib and NumPy have many for bytes that are no arrays.
        text = f"{type(error).__name__}: {error}"
        raise MediaError("unreadable", text) from error
    for name in (*names, "has_audio"):
        if name not in arrays:
            raise MediaError("corrupt", f"no {name!r} among {there}")
    _check(arrays, names)
    return arrays


def _read_array(data: bytes) -> Array:
    """An array as NumPy writes it into a file.

    `numpy.load` evaluates the header by `ast`, which fails in Python 3.11 if
    another thread does so too, as TensorFlow does when it traces a function.
    """
    stream = io.BytesIO(data)
    version = np.lib.format.read_magic(stream)
    size = int.from_bytes(stream.read(2 if version == (1, 0) else 4), "little")
    header = stream.read(size).decode("latin1")
    match = _HEADER.fullmatch(header)
    if not match:
        raise ValueError(f"not an array of numbers: {header.strip()}")
    dtype, fortran, shape = match.groups()
    array = np.frombuffer(data, dtype, offset=stream.tell())
    sizes = [int(size) for size in shape.replace(",", " ").split()]
    if fortran == "True":
        return array.reshape(sizes[::-1]).T
    return array.reshape(sizes)


def _check(arrays: dict[str, Array], names: Sequence[str]) -> None:
    heard = arrays["has_audio"]
    if heard.ndim != 1 or heard.dtype != bool:
        raise MediaError(
            "corrupt",
            f"'has_audio' of shape {heard.shape}, {heard.dtype}, in place of "
            "one bool for each clip",
        )
    length = len(heard)
    for name in names:
        if arrays[name].dtype.kind not in "fiu":
            raise MediaError(
                "corrupt", f"{name!r} of {arrays[name].dtype}, no real numbers"
            )
        shape = arrays[name].shape
        if len(shape) != 2 or shape[0] != length:
            raise MediaError(
                "corrupt", f"{name!r} of shape {shape} for {length} clips"
            )
        if not np.isfinite(arrays[name]).all():
            raise MediaError("not_finite", f"{name!r} holds NaN or infinity")
    if not length:
        raise MediaError("empty", "it holds no clips")
