"""Decoded files, kept in memory while there is room."""

import os
import pathlib
import threading
from collections.abc import Callable

from keras_av.data.media.container_source import ContainerSource
from keras_av.data.media.memory_source import MemorySource
from keras_av.data.media.sound_file_source import SoundFileSource
from keras_av.data.media.sound_slice import check_samples
from keras_av.data.prepared.prepared_source import PreparedSource

FileSource = ContainerSource | SoundFileSource | PreparedSource

SHARE_OF_FREE_MEMORY = 0.5
# Files whose decoding excludes one another.
_NUM_LOCKS = 64


class FileCache:
    """Whole files, decoded once, up to a number of bytes.

    Args:
        num_bytes: The most that it holds. Defaults to half of the memory
            that is free now.
    """

    def __init__(self, num_bytes: int | None = None) -> None:
        if num_bytes is None:
            num_bytes = int(free_memory() * SHARE_OF_FREE_MEMORY)
        self._room = num_bytes
        self._files: dict[int, MemorySource] = {}
        self._lock = threading.Lock()
        self._locks = [threading.Lock() for _ in range(_NUM_LOCKS)]

    def get(
        self,
        index: int,
        open_file: Callable[[], FileSource],
    ) -> MemorySource | None:
        """The decoded file of a row; `None` if there is no room for it.

        Args:
            index: Number of the row.
            open_file: Opens the file, to decode it the first time.

        Raises:
            MediaError: If it cannot be decoded.
        """
        # The clips of one file come one after another, to several workers.
        with self._locks[index % _NUM_LOCKS]:
            if index in self._files:
                return self._files[index]
            with open_file() as source:
                needed = _expected_bytes(source)
                if not self._reserve(needed):
                    return None
                try:
                    file = _decoded(source)
                except BaseException:
                    # It is decoded again in each epoch, and never kept.
                    self._reserve(-needed)
                    raise
            self._files[index] = file
            return file

    def _reserve(self, num_bytes: int) -> bool:
        with self._lock:
            if num_bytes > self._room:
                return False
            self._room -= num_bytes
            return True


def free_memory() -> int:
    """Bytes that this process may still take, as the system tells."""
    free = _meminfo_available()
    limit, used = (
        _first_number(f"/sys/fs/cgroup/memory.{name}")
        for name in ("max", "current")
    )
    if limit is not None and used is not None:
        free = min(free, max(limit - used, 0))
    return free


def _meminfo_available() -> int:
    path = pathlib.Path("/proc/meminfo")
    if path.exists():
        for line in path.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2


def _first_number(path: str) -> int | None:
    if not os.path.exists(path):
        return None
    text = pathlib.Path(path).read_text().strip()
    return int(text) if text.isdecimal() else None


def _decoded(source: FileSource) -> MemorySource:
    """The whole file.

    Raises:
        MediaError: If it does not decode.
    """
    times, frames, sound = source.read_all()
    if sound is not None:
        # No clip of it is delivered, as of a file that is prepared.
        check_samples(sound.samples)
    return MemorySource(
        source.extent, times, frames, sound, source.num_bad_packets
    )


def _expected_bytes(source: FileSource) -> int:
    if isinstance(source, PreparedSource):
        return source.num_bytes
    extent = source.extent
    frames = (extent.duration * extent.rate + 1) * extent.height * extent.width
    seconds = max(extent.duration, extent.sound_end or 0.0)
    # Sound is kept at the file's rate.
    return int(frames * 3 + seconds * (source.sound_rate or 0) * 4)
