"""Counts of delivered, masked and skipped clips."""

import collections
import threading
from typing import Any

from absl import logging

_MAX_FILES_IN_SUMMARY = 20


class ClipReport:
    """Counts the clips that a pipeline reads, delivers, masks and skips.

    It is thread-safe. Clips are counted when they are read, slightly before
    their batch arrives; clips of an incomplete last batch that is dropped count
    as delivered.

    The first time that a clip of a file is skipped, the file is logged as a
    warning. Files with non-fatal faults are logged at debug level, since a
    whole folder may have no sound.

    Examples:

    >>> from keras_av.data import ClipReport
    >>> report = ClipReport()
    >>> report.add_delivered("a.mp4", faults=("silent",), masked=True)
    >>> report.add_skipped("b.mp4", "truncated", "cut at 1 s of 3 s")
    >>> print(report.summary())
    2 clips read: 1 delivered (1 of them without sound), 1 skipped
      silent: 1
      truncated: 1
      a.mp4: silent x 1
      b.mp4: truncated x 1 (cut at 1 s of 3 s)
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._read = self._delivered = self._masked = 0
        self._reasons: collections.Counter[str] = collections.Counter()
        self._files: dict[str, dict[str, Any]] = {}

    def add_delivered(
        self, path: str, faults: tuple[str, ...] = (), masked: bool = False
    ) -> None:
        """Count a clip that was delivered.

        Args:
            path: Path of its file.
            faults: Reasons of non-fatal `MediaError`s.
            masked: Whether its sound is masked.
        """
        with self._lock:
            self._read += 1
            self._delivered += 1
            self._masked += masked
            for reason in faults:
                self._add_fault(path, reason, "", logging.DEBUG)

    def add_fault(self, path: str, reason: str) -> None:
        """Count what a clip lacks that is delivered nevertheless.

        Args:
            path: Path of its file.
            reason: What it lacks, such as `"no_transcript"`.
        """
        with self._lock:
            self._add_fault(path, reason, "", logging.DEBUG)

    def add_skipped(self, path: str, reason: str, message: str) -> None:
        """Count a clip that was not delivered.

        Args:
            path: Path of its file.
            reason: Reason of the `MediaError`.
            message: Description of the fault.
        """
        with self._lock:
            self._read += 1
            self._add_fault(path, reason, message, logging.WARNING)

    def as_dict(self) -> dict[str, Any]:
        """All counts as plain numbers, strings, lists and dicts.

        Returns:
            `read`, `delivered`, `skipped` and `masked` clips; `reasons`, a
            count for each; and `files`, for each path with a fault its
            `reasons` with counts and the first `message`.
        """
        with self._lock:
            return {
                "read": self._read,
                "delivered": self._delivered,
                "skipped": self._read - self._delivered,
                "masked": self._masked,
                "reasons": dict(sorted(self._reasons.items())),
                "files": {
                    path: {
                        "reasons": dict(entry["reasons"]),
                        "message": entry["message"],
                    }
                    for path, entry in sorted(self._files.items())
                },
            }

    def summary(self) -> str:
        """The counts in words, with the first files that have a fault."""
        counts = self.as_dict()
        masked = counts["masked"]
        note = f" ({masked} of them without sound)" if masked else ""
        lines = [
            f"{counts['read']} clips read: {counts['delivered']} delivered"
            f"{note}, {counts['skipped']} skipped"
        ]
        for reason, count in counts["reasons"].items():
            lines.append(f"  {reason}: {count}")
        files = list(counts["files"].items())
        for path, entry in files[:_MAX_FILES_IN_SUMMARY]:
            lines.append(f"  {path}: {_describe(entry)}")
        if len(files) > _MAX_FILES_IN_SUMMARY:
            more = len(files) - _MAX_FILES_IN_SUMMARY
            lines.append(f"  and {more} more files")
        return "\n".join(lines)

    def _add_fault(
        self, path: str, reason: str, message: str, level: int
    ) -> None:
        self._reasons[reason] += 1
        if path not in self._files:
            self._files[path] = {
                "reasons": collections.Counter(),
                "message": "",
            }
            logging.log(level, "%s: %s. %s", path, reason, message)
        entry = self._files[path]
        entry["reasons"][reason] += 1
        entry["message"] = entry["message"] or message


def _describe(entry: dict[str, Any]) -> str:
    reasons = ", ".join(f"{r} x {n}" for r, n in entry["reasons"].items())
    return f"{reasons} ({entry['message']})" if entry["message"] else reasons
