"""Features of many files, in processes or a pipeline."""

import dataclasses
import functools
import os
import pathlib
from typing import Any

import keras
import tensorflow as tf

from keras_av.data.clip.clip_spec import ClipSpec
from keras_av.data.long_clips import long_clips
from keras_av.data.plumbing.beam_workers import BeamWorkers
from keras_av.data.plumbing.worker_processes import in_processes, workers_for
from keras_av.data.table.file_table import FileTable
from keras_av.evaluation.write_features import (
    features_file,
    num_clips,
    write_videos,
)
from keras_av.ops.progress import Progress
from keras_av.ops.types import Tensor

_PER_JOB = 32
# A process first loads the backend and the model.
_FILES_TO_REPAY = 100


@dataclasses.dataclass(frozen=True)
class _Job:
    """Files with consecutive rows, from `first` on."""

    model: str
    files: FileTable
    first: int
    options: tuple[Any, ...]
    folder: str
    name: str


def encode_files(
    model: str | os.PathLike[str],
    manifest: FileTable,
    spec: ClipSpec,
    hop: float | None,
    batch_size: int,
    folder: str | os.PathLike[str],
    *,
    tail: str = "drop",
    name: str = "features",
    num_workers: int | BeamWorkers | None = None,
) -> list[int]:
    """Encode all clips of many files in several processes or machines.

    The files of features are those of `write_features` for `long_clips`:
    `folder/000007.npz` for row 7. Each worker loads the model and encodes 32
    files at a time, in batches of their own, so that the features do not depend
    on the number of workers. Files that have features are skipped: an
    interrupted run, or a pipeline that was killed, resumes when called again,
    with the same features to the bit.

    A file that cannot be read has no features; workers log its reason.

    Args:
        model: Path of the model, a `.keras` file, from batches to one array
            `(batch, dim)` or a dict of them.
        manifest: A `Manifest` or a `PreparedSet`.
        spec: Specification of a clip.
        hop: Time from the start of a clip to the start of the next one, in
            seconds, or `None` for its own duration, as in `long_clips`.
        batch_size: Number of clips in a batch.
        folder: Folder for the features; created if it does not exist.
        tail: Treatment of the remainder at the end of a file, `"drop"` or
            `"loop"`. Defaults to `"drop"`.
        name: Name of the array if the model returns only one. Defaults to
            `"features"`.
        num_workers: Number of processes, or `BeamWorkers`, which work as an
            Apache Beam pipeline. Defaults to a number that depends on the
            number of files, at most the number of CPUs.

    Returns:
        The rows of the files that were encoded.

    Raises:
        ValueError: If an argument is out of range.
        RuntimeError: If no file has features in the end.

    Examples:

    >>> import keras, pathlib, tempfile
    >>> from keras_av.data import ClipSpec, generated_set
    >>> from keras_av.evaluation import encode_files
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> video = keras.Input((1, 16, 16, 3), name="video")
    >>> mean = keras.layers.GlobalAveragePooling3D()(video)
    >>> keras.Model({"video": video}, mean).save(folder / "mean.keras")
    >>> files = generated_set(num_train=8, num_test=0)
    >>> spec = ClipSpec(num_frames=1, size=16, audio_seconds=0)
    >>> rows = encode_files(
    ...     folder / "mean.keras", files, spec, 1.0, 4, folder, num_workers=1)
    >>> rows
    [0, 1, 2, 3, 4, 5, 6, 7]
    """
    path = pathlib.Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    for left in path.glob("*.aside"):
        # Temporary files of an interrupted run.
        left.unlink(missing_ok=True)
    options = (spec, hop, batch_size, None, None, tail)
    jobs = [
        _Job(
            os.path.abspath(model),
            manifest.subset(range(len(manifest))[first : first + _PER_JOB]),
            first,
            options,
            os.path.abspath(path),
            name,
        )
        for first in range(0, len(manifest), _PER_JOB)
    ]
    workers = workers_for(num_workers, len(manifest), _FILES_TO_REPAY)
    progress = Progress("encode", len(jobs), "jobs")
    written: list[int] = []
    for _, rows in progress.over(in_processes(_encode, jobs, workers)):
        written += rows
    if jobs and not any(path.glob("[0-9]*.npz")):
        raise RuntimeError(
            f"None of {len(manifest)} files under {manifest.root!r} has a clip "
            "that can be read. `keras_av.data.scan` tells why."
        )
    return sorted(written)


def _encode(job: _Job) -> list[int]:
    """Encode the files of a job that have no features; runs in any process."""
    folder = pathlib.Path(job.folder)
    rows = range(job.first, job.first + len(job.files))
    paths = {row: features_file(folder, row) for row in rows}
    done = {
        row: num_clips(path) for row, path in paths.items() if path.exists()
    }
    if len(done) == len(rows):
        return []
    clips = long_clips(job.files, *job.options)
    clips.leave_out({row - job.first: count for row, count in done.items()})

    def renumbered(batch: dict[str, Tensor]) -> dict[str, Tensor]:
        # Places of clips that were left out keep the row -1.
        index = batch["index"]
        return {**batch, "index": tf.where(index < 0, -1, index + job.first)}

    try:
        return write_videos(
            _load(job.model), clips.map(renumbered), folder, job.name, done
        )
    except tf.errors.OpError:
        if len(clips.report.as_dict()["files"]) < len(rows) - len(done):
            raise
        # None of the files can be read. The report has logged the reasons.
        return []


@functools.lru_cache(maxsize=1)
def _load(path: str) -> keras.Model:
    return keras.saving.load_model(path, compile=False)
