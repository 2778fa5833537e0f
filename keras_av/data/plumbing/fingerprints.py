"""Marks by which a file that has changed is known."""

import hashlib
import os


def sha256(path: str | os.PathLike[str]) -> str:
    """Checksum of a file, as hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def stamp(path: str) -> tuple[int, int]:
    """Size and time of change of a file; -1 where there is none."""
    try:
        status = os.stat(path)
    except OSError:
        return -1, -1
    return status.st_size, status.st_mtime_ns
