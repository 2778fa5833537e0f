"""Decoding of files to shards that are fast to read."""

import contextlib
import errno
import json
import os
import pathlib
import shutil
import time
from collections.abc import Iterator
from typing import Any

import filelock

from keras_av.data.clip.clip_spec import ClipSpec
from keras_av.data.plumbing.beam_workers import BeamWorkers
from keras_av.data.plumbing.fingerprints import sha256
from keras_av.data.plumbing.pipeline import hide_gpus
from keras_av.data.plumbing.worker_processes import in_processes, workers_for
from keras_av.data.prepared.prepared_set import (
    CHECKSUMS,
    MANIFEST,
    SETTINGS,
    VERSION,
    PreparedSet,
    is_prepared,
    read_manifest,
    read_settings,
    spec_settings,
)
from keras_av.data.prepared.write_shard import (
    ShardJob,
    is_finished,
    write_shard,
)
from keras_av.data.table.changed import check_unchanged
from keras_av.data.table.file_table import FileTable
from keras_av.ops.is_disk_full import is_disk_full
from keras_av.ops.progress import Progress
from keras_av.ops.write_whole import write_whole

# Small enough to lose little when interrupted, and to balance workers.
_FILES_PER_SHARD = 32
_MOST_SHARDS = 1024
_FILES_TO_REPAY = 100


def prepare(
    manifest: FileTable,
    folder: str | os.PathLike[str],
    spec: ClipSpec,
    quality: int = 90,
    num_workers: int | BeamWorkers | None = None,
    verbose: bool = True,
) -> PreparedSet:
    """Decode the files of a manifest once to shards that are fast to read.

    Frames are resized as by `clips`, resampled to `spec.fps` if given, and
    stored as JPEG; sound is resampled, mixed to mono and stored with 16 bits.
    Pass the result to `clips` instead of the manifest: for the same seed it
    reads the same clips, except for JPEG compression and 16-bit quantization.

    Shards are TFRecord files. A record is a `tf.train.Example` of half a
    second: `frames` (JPEG), `audio` (int16, little endian), `index`, `label`,
    `has_audio` and `start` in seconds.

    A file that cannot be read keeps its row, and its reason is counted when
    clips are read, as without preparing. A partly damaged file counts as
    unreadable.

    Shards are written atomically. An interrupted run, such as by a full disk,
    resumes when called again: finished shards are kept, unless a checksum is
    wrong or a file has changed since.

    Args:
        manifest: Manifest of the files.
        folder: Folder of the shards; created if it does not exist.
        spec: Specification of later clips. Its `size`, `fps` and
            `sampling_rate`, and whether there are frames and sound, must be the
            same when clips are read; all other fields may differ.
        quality: JPEG quality, from 1 to 100. Defaults to 90.
        num_workers: Number of processes. Defaults to a number that depends on
            the number of files, at most the number of CPUs. `BeamWorkers`
            work as an Apache Beam pipeline.
        verbose: Whether to show progress, sizes and speed. Defaults to True.

    Returns:
        The `PreparedSet` of the folder.

    Raises:
        ValueError: If an argument is out of range, a file has changed since it
            was scanned, or the folder contains another set, or was prepared for
            other clips.
        OSError: If the disk is full, or another process is preparing this
            folder.

    Examples:

    >>> import tempfile
    >>> from keras_av.data import ClipSpec, generated_set, prepare
    >>> manifest = generated_set(num_train=8, num_test=8)
    >>> spec = ClipSpec(size=64, fps=8)
    >>> prepared = prepare(
    ...     manifest, tempfile.mkdtemp(), spec, num_workers=1, verbose=False
    ... )
    >>> len(prepared), prepared.num_classes
    (16, 8)
    """
    workers = workers_for(num_workers, len(manifest), _FILES_TO_REPAY)
    if not 1 <= quality <= 100:
        raise ValueError(f"quality must be from 1 to 100. Received: {quality}")
    check_unchanged(manifest)
    hide_gpus()
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    begin = time.perf_counter()
    with _locked(folder), _telling_of_a_full_disk(folder):
        jobs = shard_jobs(manifest, folder, spec, quality)
        progress = Progress("prepare", len(jobs), "shards", verbose)
        for _ in progress.over(in_processes(_finish, jobs, workers)):
            pass
        write_checksums(folder)
    prepared = PreparedSet(folder, manifest)
    if verbose:
        print(_summary(prepared, time.perf_counter() - begin))
    return prepared


def shard_jobs(
    manifest: FileTable, folder: pathlib.Path, spec: ClipSpec, quality: int
) -> list[ShardJob]:
    """The shards of a set; what all of them share is written or compared."""
    per_shard = max(_FILES_PER_SHARD, -(-len(manifest) // _MOST_SHARDS))
    settings = {
        "version": VERSION,
        "root": os.path.abspath(manifest.root),
        **spec_settings(spec),
        "quality": quality,
        "files_per_shard": per_shard,
    }
    if is_prepared(folder):
        _compare(manifest, folder, settings)
        per_shard = read_settings(folder)["files_per_shard"]
    else:
        manifest.to_csv(folder / MANIFEST)
        text = json.dumps(settings, indent=1)
        with write_whole(folder / SETTINGS) as aside:
            aside.write_text(text, "utf-8")
    jobs = []
    for number, first in enumerate(range(0, len(manifest), per_shard)):
        rows = range(first, min(first + per_shard, len(manifest)))
        jobs.append(
            ShardJob(
                str(folder),
                number,
                rows,
                tuple(manifest.full_path(row) for row in rows),
                tuple(int(manifest.label[row]) for row in rows),
                spec,
                quality,
            )
        )
    return jobs


def _compare(
    manifest: FileTable, folder: pathlib.Path, settings: dict[str, Any]
) -> None:
    """Refuse a folder that holds something else.

    Raises:
        ValueError: If it does.
    """
    stored = read_settings(folder)
    differ = {
        name: (stored.get(name), value)
        for name, value in settings.items()
        if stored.get(name) != value and name not in ("root", "files_per_shard")
    }
    if differ:
        listed = "; ".join(
            f"{name}: {old!r} there, {new!r} asked for"
            for name, (old, new) in differ.items()
        )
        raise ValueError(
            f"{str(folder)!r} was prepared with other settings. {listed}. "
            "Prepare into another folder, or remove this one."
        )
    known = read_manifest(folder)
    if known.digest() == manifest.digest():
        return
    there, asked = set(known.path.tolist()), set(manifest.path.tolist())
    raise ValueError(
        f"{str(folder)!r} was prepared for another manifest: "
        f"{len(there - asked)} of its files are not in the given one, "
        f"{len(asked - there)} files of the given one are new, and labels, "
        "splits or folds may differ. Rows would be renumbered. To read some of "
        "the prepared files, pass the manifest to PreparedSet; to prepare new "
        "files, use another folder."
    )


def _finish(job: ShardJob) -> None:
    """Write a shard, unless it is finished; runs in any process."""
    if not is_finished(job):
        write_shard(job)


def write_checksums(folder: pathlib.Path) -> None:
    """Write the checksums of all that a folder holds."""
    names = [MANIFEST, SETTINGS]
    names += sorted(path.name for path in _shard_files(folder))
    lines = [f"{sha256(folder / name)}  {name}\n" for name in names]
    with write_whole(folder / CHECKSUMS) as aside:
        aside.write_text("".join(lines), "utf-8")


def _shard_files(folder: pathlib.Path) -> list[pathlib.Path]:
    """The files of finished shards."""
    return [path for path in folder.glob("shard-*") if path.suffix != ".aside"]


@contextlib.contextmanager
def _locked(folder: pathlib.Path) -> Iterator[None]:
    """Keep others out; the system lets go however this process ends."""
    lock = filelock.FileLock(folder / ".lock", timeout=0)
    try:
        held = lock.acquire()
    except filelock.Timeout:
        raise OSError(
            errno.EAGAIN,
            "Another process is preparing this folder. Wait for it",
            str(folder),
        ) from None
    with held:
        _remove_partial(folder)
        yield
        _remove_partial(folder)


def _remove_partial(folder: pathlib.Path) -> None:
    """Remove what killed processes, or the last of their workers, left."""
    for path in folder.glob("*.aside"):
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def _telling_of_a_full_disk(folder: pathlib.Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if not is_disk_full(error):
            raise
        done = len(list(folder.glob("shard-*.npz")))
        free = shutil.disk_usage(folder).free / 1e6
        raise OSError(
            error.errno,
            f"The disk is full ({free:.0f} MB are free). The {done} shards "
            "that are done stay, and can be read. Make room and call prepare "
            "again to resume",
            str(folder),
        ) from error


def _summary(prepared: PreparedSet, seconds: float) -> str:
    """Sizes and speed, in words."""
    folder = pathlib.Path(prepared.folder)
    size = sum(p.stat().st_size for p in _shard_files(folder)) / 1e6
    paths = [prepared.full_path(row) for row in range(len(prepared))]
    before = sum(os.path.getsize(p) for p in paths if os.path.isfile(p)) / 1e6
    media, faults = prepared.contents()
    lines = [
        f"{len(prepared)} files, {media:.0f} s of media: {size:.1f} MB of "
        f"shards from {before:.1f} MB",
        f"{seconds:.1f} s: {len(prepared) / seconds:.1f} files/s, "
        f"{media / seconds:.1f} x as fast as they play",
    ]
    if faults:
        lines.append(f"{sum(faults.values())} files cannot be read")
    for reason, count in faults.items():
        lines.append(f"  {reason}: {count}")
    return "\n".join(lines)
