"""A shard: a TFRecord file, and beside it an index of what is where."""

import dataclasses
import os
import pathlib

import numpy as np

from keras_av.data.clip.clip_spec import ClipSpec
from keras_av.data.clip.clip_window import Extent
from keras_av.data.clip.media_error import MediaError
from keras_av.ops.types import Array

FILE_COLUMNS = (
    "stamp",
    "reason",
    "message",
    "extent",
    "num_bad_packets",
    "num_frames",
    "num_records",
)
RAGGED_COLUMNS = {
    "times": np.float64,
    "first_frames": np.int64,
    "offsets": np.int64,
}


@dataclasses.dataclass(frozen=True)
class StoredFile:
    """Where the records of one file are.

    Args:
        extent: Extent of the file.
        num_bad_packets: Number of undecodable packets.
        times: Times of the frames, in seconds.
        first_frames: The first frame of each record, and their number.
        offsets: Offset of each record in the shard, and the end of the last
            one.
    """

    extent: Extent
    num_bad_packets: int
    times: Array
    first_frames: Array
    offsets: Array

    def extent_for(self, spec: ClipSpec) -> Extent:
        """What there is to choose from, of what a clip needs."""
        if spec.num_samples:
            return self.extent
        return dataclasses.replace(self.extent, sound_end=None)


class Shard:
    """The index of one shard.

    Args:
        columns: Columns that `write_shard` has written.

    Raises:
        ValueError: If they are not.
    """

    def __init__(self, columns: dict[str, Array]) -> None:
        _check_columns(columns)
        self.columns = columns
        self._first_frame = _starts(columns["num_frames"])
        self._first_record = _starts(columns["num_records"])

    @classmethod
    def load(cls, folder: str | os.PathLike[str], number: int) -> "Shard":
        """Read the index of a shard.

        Raises:
            FileNotFoundError: If it has not been written.
            ValueError: If it is damaged.
        """
        # NumPy leaves a torn file open if it opens it itself.
        path = shard_path(folder, number, "npz")
        try:
            with open(path, "rb") as opened, np.load(opened) as file:
                return cls(dict(file))
        except FileNotFoundError:
            raise
        except Exception as error:
            # zipfile, zlib and NumPy have many for bytes that are no arrays.
            raise ValueError(
                f"The index {str(path)!r} is damaged: {type(error).__name__}: "
                f"{error}. Call prepare again; it replaces it."
            ) from error

    @property
    def num_bytes(self) -> int:
        """Length of the TFRecord file."""
        return int(self.columns["num_bytes"])

    @property
    def sha256(self) -> str:
        """Checksum of the TFRecord file."""
        return str(self.columns["sha256"])

    def fault(self, number: int) -> MediaError | None:
        """Why a file is not there, if it is not."""
        reason = str(self.columns["reason"][number])
        if not reason:
            return None
        return MediaError(reason, str(self.columns["message"][number]))

    def extents(self, places: Array) -> Array:
        """Duration, rate, height, width and end of the sound of files."""
        return self.columns["extent"][places]

    def file(self, number: int) -> StoredFile:
        """Where a file is."""
        columns = self.columns
        *numbers, sound_end = columns["extent"][number].tolist()
        duration, rate, height, width = numbers
        frames = slice(*self._first_frame[number : number + 2])
        first, last = self._first_record[number : number + 2]
        # Each file has one number more than it has records.
        records = slice(first + number, last + number + 1)
        return StoredFile(
            Extent(
                duration,
                rate,
                int(height),
                int(width),
                None if np.isnan(sound_end) else sound_end,
            ),
            int(columns["num_bad_packets"][number]),
            columns["times"][frames],
            columns["first_frames"][records],
            columns["offsets"][records],
        )


def shard_path(
    folder: str | os.PathLike[str], number: int, kind: str
) -> pathlib.Path:
    """Of the `"tfrecord"` or the `"npz"` file of a shard."""
    return pathlib.Path(folder, f"shard-{number:05d}.{kind}")


def _check_columns(columns: dict[str, Array]) -> None:
    """Refuse an index that does not fit together.

    Raises:
        ValueError: If it does not.
    """
    wanted = {*FILE_COLUMNS, *RAGGED_COLUMNS, "num_bytes", "sha256"}
    if lacking := sorted(wanted - columns.keys()):
        raise ValueError(f"it lacks {lacking}")
    count = len(np.atleast_1d(columns["reason"]))
    wide: dict[str, tuple[int, ...]] = {
        "stamp": (count, 2),
        "extent": (count, 5),
    }
    shapes = {name: wide.get(name, (count,)) for name in FILE_COLUMNS}
    shapes["num_bytes"] = shapes["sha256"] = ()
    for name in ("num_frames", "num_records", "offsets", "first_frames"):
        if columns[name].dtype.kind != "i" or columns[name].min(initial=0) < 0:
            raise ValueError(f"{name!r} does not hold counts")
    records = int(columns["num_records"].sum()) + count
    shapes |= {"offsets": (records,), "first_frames": (records,)}
    shapes["times"] = (int(columns["num_frames"].sum()),)
    for name, shape in shapes.items():
        if columns[name].shape != shape:
            raise ValueError(
                f"{name!r} has the shape {columns[name].shape}, not {shape}"
            )


def _starts(counts: Array) -> Array:
    return np.concatenate([[0], np.cumsum(counts)])
