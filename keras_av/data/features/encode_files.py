"""Features of many files, in processes or a pipeline."""

import dataclasses
import os
import pathlib
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import tensorflow as tf

from keras_av.data.clip.clip_spec import ClipSpec
from keras_av.data.features.feature_file import feature_path
from keras_av.data.long_clips import long_clips
from keras_av.data.plumbing.beam_workers import BeamWorkers
from keras_av.data.plumbing.worker_processes import in_processes, workers_for
from keras_av.data.table.file_table import FileTable
from keras_av.ops.progress import Progress
from keras_av.ops.types import Tensor

# Of clips, into a folder, all but some rows: the rows that were written.
Write = Callable[[tf.data.Dataset, str, Iterable[int]], list[int]]

_PER_JOB = 32
# A process first loads the backend and the model.
_FILES_TO_REPAY = 100


@dataclasses.dataclass(frozen=True)
class _Job:
    """Files with consecutive rows, from `first` on."""

    write: Write
    files: FileTable
    first: int
    options: tuple[Any, ...]
    folder: str


def encode_files(
    write: Write,
    manifest: FileTable,
    spec: ClipSpec,
    hop: float | None,
    batch_size: int,
    folder: str | os.PathLike[str],
    tail: str = "drop",
    num_workers: int | BeamWorkers | None = None,
) -> list[int]:
    """Encode all clips of many files in several processes or machines.

    The files of features are those of `keras_av.evaluation.write_features` for
    `long_clips`: `folder/000007.npz` for row 7. Each worker loads the model and
    encodes 32 files at a time, in batches of their own, so that the features do
    not depend on the number of workers. Files that have features are skipped:
    an interrupted run, or a pipeline that was killed, resumes when called
    again, with the same features to the bit.

    A file that cannot be read has no features; workers log its reason.

    Args:
        write: `keras_av.evaluation.FeatureWriter` of a saved model.
        manifest: A `Manifest` or a `PreparedSet`.
        spec: Specification of a clip.
        hop: Time from the start of a clip to the start of the next one, in
            seconds, or `None` for its own duration, as in `long_clips`.
        batch_size: Number of clips in a batch.
        folder: Folder for the features; created if it does not exist.
        tail: Treatment of the remainder at the end of a file, `"drop"` or
            `"loop"`. Defaults to `"drop"`.
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
    >>> from keras_av.data import ClipSpec, encode_files, generated_set
    >>> from keras_av.evaluation import FeatureWriter
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> video = keras.Input((1, 16, 16, 3), name="video")
    >>> mean = keras.layers.GlobalAveragePooling3D()(video)
    >>> keras.Model({"video": video}, mean).save(folder / "mean.keras")
    >>> write = FeatureWriter(folder / "mean.keras")
    >>> files = generated_set(num_train=8, num_test=8)
    >>> spec = ClipSpec(num_frames=1, size=16, audio_seconds=0)
    >>> rows = encode_files(
    ...     write, files, spec, 1.0, 4, folder / "features", num_workers=1)
    >>> len(rows), (folder / "features" / "000015.npz").exists()
    (16, True)
    """
    path = pathlib.Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    for left in path.glob("*.aside"):
        # Temporary files of an interrupted run.
        left.unlink(missing_ok=True)
    options = (spec, hop, batch_size, None, None, tail)
    jobs = [
        _Job(
            write,
            manifest.subset(range(len(manifest))[first : first + _PER_JOB]),
            first,
            options,
            os.path.abspath(path),
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
    rows = range(job.first, job.first + len(job.files))
    done = _num_clips(job.folder, rows)
    if len(done) == len(rows):
        return []
    clips = long_clips(job.files, *job.options)
    clips.leave_out({row - job.first: count for row, count in done.items()})

    def renumbered(batch: dict[str, Tensor]) -> dict[str, Tensor]:
        # Places of clips that were left out keep the row -1.
        index = batch["index"]
        return {**batch, "index": tf.where(index < 0, -1, index + job.first)}

    try:
        return job.write(clips.map(renumbered), job.folder, done)
    except tf.errors.OpError:
        if len(clips.report.as_dict()["files"]) < len(rows) - len(done):
            raise
        # None of the files can be read. The report has logged the reasons.
        return []


def _num_clips(folder: str, rows: range) -> dict[int, int]:
    """Numbers of clips of the rows that have features."""
    found = {}
    for row in rows:
        path = feature_path(folder, row)
        if os.path.exists(path):
            with np.load(path, allow_pickle=False) as file:
                found[row] = len(file["position"])
    return found
