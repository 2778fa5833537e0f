"""Scanning of the files of a manifest."""

import collections
from typing import Any, TypeVar

from keras_av.data.facts.file_facts import file_facts
from keras_av.data.plumbing.beam_workers import BeamWorkers
from keras_av.data.plumbing.fingerprints import stamp
from keras_av.data.plumbing.worker_processes import in_processes, workers_for
from keras_av.data.table.csv_file import FACTS
from keras_av.data.table.file_table import FileTable
from keras_av.ops.progress import Progress

Files = TypeVar("Files", bound=FileTable)

_FILES_PER_JOB = 16
_FILES_TO_REPAY = 1000


def scan(
    manifest: Files,
    known: FileTable | None = None,
    num_workers: int | BeamWorkers | None = None,
    verbose: bool = True,
) -> Files:
    """Open every file and read its packets, without decoding them.

    The results are the `facts` of the returned manifest, which are also columns
    of its CSV file: `status` (`"ok"`, or the reason of a `MediaError`),
    `message`, `duration` in seconds, `frame_rate`, `num_frames`, `has_audio`,
    `num_bytes`, `modified` (in nanoseconds) and `sha256`. A faulty file keeps
    its row, so indices do not change.

    Args:
        manifest: Manifest of the files.
        known: A scanned manifest, such as one read by `Manifest.from_csv`.
            Files whose size and modification time have not changed are not
            opened again. Defaults to `manifest` itself.
        num_workers: Number of processes. Defaults to a number that depends on
            the number of files, at most the number of CPUs. `BeamWorkers`
            work as an Apache Beam pipeline.
        verbose: Whether to show progress and a summary of faulty files.
            Defaults to True.

    Returns:
        The manifest with its facts.

    Examples:

    >>> from keras_av.data import generated_set, scan
    >>> manifest = generated_set(num_train=8, num_test=8)
    >>> manifest = scan(manifest, num_workers=1, verbose=False)
    >>> facts = manifest.facts
    >>> str(facts["status"][0]), bool(facts["has_audio"][0])
    ('ok', True)
    >>> float(facts["frame_rate"][0]), int(facts["num_frames"][0])
    (16.0, 48)
    """
    rows = _unchanged(manifest, known or manifest)
    todo = [row for row in range(len(manifest)) if row not in rows]
    workers = workers_for(num_workers, len(todo), _FILES_TO_REPAY)
    jobs = [
        [(row, manifest.full_path(row)) for row in todo[n : n + _FILES_PER_JOB]]
        for n in range(0, len(todo), _FILES_PER_JOB)
    ]
    if jobs:
        with Progress("scan", len(todo), "files", verbose) as progress:
            for number, found in in_processes(_look, jobs, workers):
                rows.update(found)
                progress.add(len(jobs[number]))
    facts = {
        name: [rows[row][name] for row in range(len(manifest))]
        for name in FACTS
    }
    scanned = manifest.with_facts(facts)
    if verbose:
        print(_summary(scanned, len(todo)))
    return scanned


def _unchanged(
    manifest: FileTable, known: FileTable
) -> dict[int, dict[str, Any]]:
    """Row -> facts of the files that need not be opened."""
    facts = known.facts
    if not facts:
        return {}
    columns = {name: column.tolist() for name, column in facts.items()}
    known_rows = {path: row for row, path in enumerate(known.path.tolist())}
    rows = {}
    for row, path in enumerate(manifest.path.tolist()):
        known_row = known_rows.get(path)
        if known_row is None:
            continue
        found = {name: column[known_row] for name, column in columns.items()}
        if stamp(manifest.full_path(row)) == (
            found["num_bytes"],
            found["modified"],
        ):
            rows[row] = found
    return rows


def _look(job: list[tuple[int, str]]) -> list[tuple[int, dict[str, Any]]]:
    return [(row, file_facts(path)) for row, path in job]


def _summary(manifest: FileTable, num_opened: int) -> str:
    """What there is, in words."""
    facts = manifest.facts
    lines = [
        f"{len(manifest)} files, {num_opened} of them looked at: "
        f"{facts['duration'].sum():.0f} s, "
        f"{facts['num_bytes'].clip(0).sum() / 1e6:.1f} MB, "
        f"{int(facts['has_audio'].sum())} with sound"
    ]
    reasons = collections.Counter(facts["status"].tolist())
    del reasons["ok"]
    lines += [f"  {name}: {count}" for name, count in sorted(reasons.items())]
    return "\n".join(lines)
