"""A shard: a TFRecord file, and beside it an index of what is where."""

import dataclasses
import os
import pathlib
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from keras_av.data.clip.clip_spec import ClipSpec
from keras_av.data.clip.clip_window import Extent
from keras_av.data.clip.media_error import MediaError
from keras_av.data.media.read_clip import as_media_error
from keras_av.data.plumbing.fingerprints import sha256, stamp
from keras_av.data.prepared.prepared_file import PreparedFile, encode_file
from keras_av.ops.is_disk_full import is_disk_full
from keras_av.ops.types import Array
from keras_av.ops.write_whole import write_whole

# What TFRecord puts before and after each record.
_FRAMING = 16

Encode = Callable[
    [str, ClipSpec, int, str], tuple[PreparedFile | None, MediaError | None]
]


@dataclasses.dataclass(frozen=True)
class ShardJob:
    """What one shard is to hold.

    Args:
        folder: Folder of the prepared set.
        number: Number of the shard.
        rows: Rows of its files in the manifest, consecutive.
        paths: Paths of these files.
        labels: Labels of these files.
        spec: Specification of later clips.
        quality: JPEG quality.
    """

    folder: str
    number: int
    rows: range
    paths: tuple[str, ...]
    labels: tuple[int, ...]
    spec: ClipSpec
    quality: int


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


def is_finished(job: ShardJob) -> bool:
    """Whether a shard is there, whole, and its files have not changed."""
    try:
        shard = Shard.load(job.folder, job.number)
        path = shard_path(job.folder, job.number, "tfrecord")
        if path.stat().st_size != shard.num_bytes:
            return False
        if sha256(path) != shard.sha256:
            return False
    except (OSError, ValueError):
        # Whatever is wrong with it, it is written again.
        return False
    stamps = np.array([stamp(path) for path in job.paths])
    return np.array_equal(shard.columns["stamp"], stamps)


def try_to_encode(
    path: str, spec: ClipSpec, quality: int, folder: str | None = None
) -> tuple[PreparedFile | None, MediaError | None]:
    """Encode a file, or say why that cannot be.

    Args:
        path: Path of the file.
        spec: Specification of later clips.
        quality: JPEG quality.
        folder: Folder of temporary files. Defaults to the system's.

    Raises:
        OSError: If the disk is full.
    """
    try:
        return encode_file(path, spec, quality, folder), None
    except Exception as error:
        if is_disk_full(error):
            raise
        return None, as_media_error(error)


def write_shard(job: ShardJob, encode: Encode = try_to_encode) -> None:
    """Encode the files of a shard; the shard appears whole or not at all.

    Args:
        job: Description of the shard.
        encode: Called for its files in their order.

    Raises:
        OSError: If it cannot be written.
    """
    columns: dict[str, list[Any]] = {name: [] for name in _FILE_COLUMNS}
    ragged: dict[str, list[Array]] = {
        name: [np.zeros(0, kind)] for name, kind in _RAGGED_COLUMNS.items()
    }
    records = shard_path(job.folder, job.number, "tfrecord")

    position = 0
    with (
        write_whole(records) as aside,
        tf.io.TFRecordWriter(str(aside)) as writer,
    ):
        for index, name, label in zip(job.rows, job.paths, job.labels):
            mark = stamp(name)
            file, fault = encode(name, job.spec, job.quality, job.folder)
            offsets = [position]
            if file is not None:
                rate = job.spec.sampling_rate
                for record in file.records(index, label, rate):
                    writer.write(record)
                    position += len(record) + _FRAMING
                    offsets.append(position)
            _append(columns, ragged, mark, file, fault, offsets)
    tables: dict[str, Any] = {
        name: np.array(column) for name, column in columns.items()
    }
    tables |= {name: np.concatenate(parts) for name, parts in ragged.items()}
    tables["num_bytes"] = np.array(records.stat().st_size)
    tables["sha256"] = np.array(sha256(records))

    index_path = shard_path(job.folder, job.number, "npz")
    with write_whole(index_path) as aside, open(aside, "wb") as table:
        np.savez(table, **tables)


_FILE_COLUMNS = (
    "stamp",
    "reason",
    "message",
    "extent",
    "num_bad_packets",
    "num_frames",
    "num_records",
)
_RAGGED_COLUMNS = {
    "times": np.float64,
    "first_frames": np.int64,
    "offsets": np.int64,
}


def _append(
    columns: dict[str, list[Any]],
    ragged: dict[str, list[Array]],
    mark: tuple[int, int],
    file: PreparedFile | None,
    fault: MediaError | None,
    offsets: list[int],
) -> None:
    """Note what has been written of one file."""
    extent = Extent(0.0) if file is None else file.extent
    row = {
        "stamp": mark,
        "reason": fault.reason if fault else "",
        "message": fault.message if fault else "",
        "extent": (
            extent.duration,
            extent.rate,
            extent.height,
            extent.width,
            np.nan if extent.sound_end is None else extent.sound_end,
        ),
        "num_bad_packets": file.num_bad_packets if file else 0,
        "num_frames": len(file.times) if file else 0,
        "num_records": len(offsets) - 1,
    }
    for name, value in row.items():
        columns[name].append(value)
    ragged["times"].append(file.times if file else np.zeros(0))
    firsts = file.first_frames if file else np.zeros(1, np.int64)
    ragged["first_frames"].append(firsts)
    ragged["offsets"].append(np.array(offsets, np.int64))


def _check_columns(columns: dict[str, Array]) -> None:
    """Refuse an index that does not fit together.

    Raises:
        ValueError: If it does not.
    """
    wanted = {*_FILE_COLUMNS, *_RAGGED_COLUMNS, "num_bytes", "sha256"}
    if lacking := sorted(wanted - columns.keys()):
        raise ValueError(f"it lacks {lacking}")
    count = len(np.atleast_1d(columns["reason"]))
    wide: dict[str, tuple[int, ...]] = {
        "stamp": (count, 2),
        "extent": (count, 5),
    }
    shapes = {name: wide.get(name, (count,)) for name in _FILE_COLUMNS}
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
