"""What the records of a set in the format of TFDS hold."""

import importlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from keras_av.data.clip.clip_window import Extent
from keras_av.data.clip.media_error import MediaError
from keras_av.data.prepared.prepared_file import PreparedFile
from keras_av.data.table.file_table import FileTable

# Beside the records: what they were made with, and what could not be read.
SKIPPED = "skipped.json"
# TFDS names no split with an empty name.
UNKNOWN_SPLIT = "unknown"


def tensorflow_datasets() -> Any:
    """The module, which only this format needs.

    Raises:
        ImportError: If it is not installed.
    """
    try:
        return importlib.import_module("tensorflow_datasets")
    except ImportError as error:
        raise ImportError(
            "Sets in the format of TFDS need tensorflow-datasets: "
            "pip install 'keras_av[tfds]'"
        ) from error


def record_features(
    class_names: tuple[str, ...], has_frames: bool
) -> dict[str, Any]:
    """The features of a record.

    Args:
        class_names: Name of each class; none where nothing is labelled.
        has_frames: Whether there are frames beside the sound.
    """
    tfds = tensorflow_datasets()
    kinds = tfds.features
    # A plain number would be stored with 32 bits, and windows would shift.
    number = kinds.Tensor(shape=(), dtype=np.float64, encoding="bytes")
    features = {
        # Numbers of 16 bits would take up to ten bytes each otherwise.
        "audio": kinds.Tensor(shape=(None,), dtype=np.int16, encoding="bytes"),
        "has_audio": np.bool_,
        "index": np.int64,
        "label": kinds.ClassLabel(names=list(class_names))
        if class_names
        else np.int64,
        "path": kinds.Text(),
        "group": kinds.Text(),
        "fold": np.int64,
        "duration": number,
        "sound_end": number,
        "num_bad_packets": np.int64,
    }
    if has_frames:
        features |= {
            "video": kinds.Video(
                shape=(None, None, None, 3), encoding_format="jpeg"
            ),
            "times": kinds.Tensor(
                shape=(None,), dtype=np.float64, encoding="bytes"
            ),
            "fps": number,
            "height": np.int64,
            "width": np.int64,
        }
    return features


def row_of(manifest: FileTable, index: int) -> dict[str, Any]:
    """What a manifest says of a file, but for its split."""
    return {
        "index": index,
        "path": str(manifest.path[index]),
        "label": int(manifest.label[index]),
        "group": str(manifest.group[index]),
        "fold": int(manifest.fold[index]),
    }


def to_record(
    manifest: FileTable, index: int, file: PreparedFile, has_frames: bool
) -> dict[str, Any]:
    """The record of a file."""
    extent = file.extent
    record = {
        **row_of(manifest, index),
        "audio": file.sound[:],
        "has_audio": extent.sound_end is not None,
        "duration": np.float64(extent.duration),
        "sound_end": np.float64(
            np.nan if extent.sound_end is None else extent.sound_end
        ),
        "num_bad_packets": file.num_bad_packets,
    }
    if has_frames:
        record |= {
            "video": list(file.frames),
            "times": np.asarray(file.times, np.float64),
            "fps": np.float64(extent.rate),
            "height": extent.height,
            "width": extent.width,
        }
    return record


def from_record(record: Mapping[str, Any]) -> PreparedFile:
    """Restore a file from a record with encoded JPEG frames.

    Raises:
        MediaError: If the record is inconsistent.
    """
    frames = list(record.get("video", ()))
    times = np.asarray(record.get("times", ()), np.float64)
    if len(times) != len(frames):
        raise MediaError(
            "corrupt", f"{len(frames)} frames have {len(times)} times"
        )
    return PreparedFile(
        Extent(
            float(record["duration"]),
            float(record.get("fps", 0.0)),
            int(record.get("height", 0)),
            int(record.get("width", 0)),
            float(record["sound_end"]) if record["has_audio"] else None,
        ),
        int(record["num_bad_packets"]),
        times,
        frames,
        np.asarray(record["audio"], np.int16),
    )
