"""Writing of a shard."""

import dataclasses
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
from keras_av.data.prepared.shard import (
    FILE_COLUMNS,
    RAGGED_COLUMNS,
    Shard,
    shard_path,
)
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
    columns: dict[str, list[Any]] = {name: [] for name in FILE_COLUMNS}
    ragged: dict[str, list[Array]] = {
        name: [np.zeros(0, kind)] for name, kind in RAGGED_COLUMNS.items()
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
