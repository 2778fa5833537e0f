"""Encoded frames of a file, in another file."""

import os
import tempfile
import weakref
from collections.abc import Sequence
from typing import overload

_IN_MEMORY = 16_000_000


class FrameSpool(Sequence[bytes]):
    """A sequence of frames that takes little memory.

    Args:
        folder: Folder of the temporary file. Defaults to the system's.
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        name = None if folder is None else os.fspath(folder)
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY, dir=name)
        weakref.finalize(self, self._file.close)
        self._places: list[tuple[int, int]] = []
        self._end = 0

    def append(self, frame: bytes) -> None:
        """Add a frame."""
        self._file.seek(self._end)
        self._file.write(frame)
        self._places.append((self._end, len(frame)))
        self._end += len(frame)

    def repeat(self) -> None:
        """Add the last frame once more."""
        self._places.append(self._places[-1])

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, number: int) -> bytes: ...

    @overload
    def __getitem__(self, number: slice) -> list[bytes]: ...

    def __getitem__(self, number: int | slice) -> bytes | list[bytes]:
        if isinstance(number, slice):
            return [self._read(*place) for place in self._places[number]]
        return self._read(*self._places[number])

    def _read(self, start: int, length: int) -> bytes:
        self._file.seek(start)
        return self._file.read(length)
