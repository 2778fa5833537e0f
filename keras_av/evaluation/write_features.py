"""Features of every clip of every video, in one file per video."""

import os
import pathlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import keras
import numpy as np

from keras_av.evaluation.encode_clips import Batches
from keras_av.evaluation.whole_videos import Columns, whole_videos
from keras_av.models.own_inputs import own_inputs
from keras_av.ops.predict_batch import predict_batch
from keras_av.ops.progress import Progress, known_length
from keras_av.ops.types import Array
from keras_av.ops.write_whole import write_whole


def write_features(
    model: keras.Model,
    dataset: Batches,
    folder: str | os.PathLike[str],
    name: str = "features",
) -> list[int]:
    """Encode all clips and write one file per video.

    The file of row 7 is `folder/000007.npz`. It holds the outputs of the model
    by name, float32 `(num_clips, dim)` each, and also `has_audio`, bool
    `(num_clips,)`, and `position`, int32 `(num_clips,)`.
    `keras_av.data.feature_sequences` reads the folder.

    Each file is written atomically as soon as its video is complete. Videos
    that already have a file are skipped, so an interrupted run resumes when
    called again; `long_clips` does not decode them either. All other clips keep
    their places in its batches, so the features are those of an uninterrupted
    run to the bit. Only one video is held in memory at a time.

    Args:
        model: A model from batches, which are dicts, to one array `(batch,
            dim)` or a dict of them.
        dataset: Dicts of arrays with `index` and `position`, in which the
            clips of a video are consecutive, such as from `long_clips`. If
            `has_audio` is missing, clips have no sound.
        folder: Folder for the files; created if it does not exist.
        name: Name of the array if the model returns only one. Defaults to
            `"features"`.

    Returns:
        The rows of the videos that were written.

    Raises:
        ValueError: If a batch has a missing key, the model returns something
            else, or the clips of a video are not consecutive.

    Examples:

    >>> import keras, numpy as np, tempfile
    >>> from keras_av.evaluation import write_features
    >>> pixels = keras.Input((1, 4, 4, 3), name="video")
    >>> model = keras.Model(
    ...     {"video": pixels},
    ...     {"image": keras.layers.GlobalAveragePooling3D()(pixels)},
    ... )
    >>> batch = {"video": np.ones((3, 1, 4, 4, 3), "float32"),
    ...          "index": np.array([0, 0, 1]), "position": np.array([0, 1, 0])}
    >>> folder = tempfile.mkdtemp()
    >>> write_features(model, [batch], folder)
    [0, 1]
    >>> with np.load(f"{folder}/000000.npz", allow_pickle=False) as file:
    ...     file["image"].shape, file["position"].tolist()
    ((2, 3), [0, 1])
    >>> write_features(model, [batch], folder)
    []
    """
    path = pathlib.Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    for left in path.glob("*.aside"):
        # Temporary files of an interrupted run.
        left.unlink()
    done = {int(file.stem): file for file in path.glob("[0-9]*.npz")}
    if hasattr(dataset, "leave_out"):
        counts = {row: _num_clips(file) for row, file in done.items()}
        dataset.leave_out(counts)
    progress = Progress("encode", known_length(dataset), "batches")
    return write_videos(model, progress.over(dataset), path, name, done)


def write_videos(
    model: keras.Model,
    dataset: Batches,
    folder: pathlib.Path,
    name: str,
    done: Iterable[int],
) -> list[int]:
    """The same as `write_features`, into a folder that others write, too.

    Args:
        model: A model from batches.
        dataset: Batches in which the clips of a video are consecutive.
        folder: Folder for the files.
        name: Name of the array if the model returns only one.
        done: Rows of the videos that are not written.

    Returns:
        The rows of the videos that were written.
    """
    written: list[int] = []
    for index, columns in _videos(model, dataset, name, done):
        if index in written:
            raise ValueError(
                f"Received clips of video {index} after those of another "
                "one. Expected the clips of each video next to each other: "
                "do not shuffle the dataset."
            )
        _write(folder / f"{index:06d}.npz", columns)
        written.append(index)
    return written


def _videos(
    model: keras.Model, dataset: Batches, name: str, done: Iterable[int]
) -> Iterator[tuple[int, Columns]]:
    """The encoded clips of each video that is not done."""
    # Places of clips that were left out have the row -1.
    left_out = [-1, *done]

    def encoded() -> Iterator[tuple[Array, Columns]]:
        for batch in dataset:
            rows = _index(batch)
            keep = ~np.isin(rows, left_out)
            if keep.any():
                columns = _encode(model, batch, name)
                yield rows[keep], {k: c[keep] for k, c in columns.items()}

    return whole_videos(encoded())


def _num_clips(path: pathlib.Path) -> int:
    with np.load(path, allow_pickle=False) as file:
        return len(file["position"])


def _index(batch: Mapping[str, Any]) -> Array:
    for key in ("index", "position"):
        if key not in batch:
            raise ValueError(
                f"Received a batch with the keys {sorted(batch)}. Expected "
                f"{key!r} among them: read the videos with "
                "`keras_av.data.long_clips`."
            )
    return np.asarray(batch["index"])


def _encode(model: keras.Model, batch: Mapping[str, Any], name: str) -> Columns:
    """The outputs for a batch by name, and the metadata of its clips."""
    arrays = {key: np.asarray(value) for key, value in batch.items()}
    size = len(arrays["index"])
    inputs = own_inputs(model, arrays)
    outputs = predict_batch(model, inputs, size)
    if not isinstance(outputs, Mapping):
        outputs = {name: outputs}
    has_audio = arrays.get("has_audio", np.zeros(size, bool))
    columns = {
        "has_audio": has_audio.astype(bool),
        "position": arrays["position"].astype("int32"),
    }
    for key, values in outputs.items():
        if np.ndim(values) != 2 or len(values) != size or key in columns:
            raise ValueError(
                f"Received the output {key!r} of shape {np.shape(values)} for "
                f"{size} clips. Expected (batch, dim), and a name other than "
                f"{sorted(columns)}: end the model with a global pooling."
            )
        columns[key] = np.asarray(values, "float32")
    return columns


def _write(path: pathlib.Path, columns: dict[str, Any]) -> None:
    with write_whole(path) as aside, open(aside, "wb") as file:
        np.savez(file, **columns)
