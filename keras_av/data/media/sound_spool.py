"""All of a file's sound, resampled while it is decoded."""

import os
import tempfile
import weakref
from typing import IO

import numpy as np

from keras_av.data.media.sound_slice import (
    SoundCollector,
    paste,
    resampled,
    sound_range,
)
from keras_av.ops.types import Array

# 1.0 is one above the largest of 16 bits: the error stays half a step.
FULL_SCALE = 32768.0
# What is in memory at once, in seconds.
STRETCH_SECONDS = 30


class SpooledSound:
    """Samples in a file; a slice of them is an array, `(samples,)` int16.

    Args:
        file: File of 16-bit numbers, closed when the sound is dropped.
        count: How many there are.
    """

    def __init__(self, file: IO[bytes], count: int) -> None:
        self._file = file
        self._count = count
        weakref.finalize(self, file.close)

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, part: slice) -> Array:
        first, end, _ = part.indices(self._count)
        self._file.seek(2 * first)
        return np.frombuffer(self._file.read(2 * (end - first)), np.int16)


class SoundSpool(SoundCollector):
    """Keeps sound of any length in a file, as numbers of 16 bits.

    Args:
        rate: Sampling rate of the file, in Hz.
        sampling_rate: Rate after resampling, in Hz.
        seconds: Length of the sound.
        folder: Folder of the temporary file. Defaults to the system's.
    """

    def __init__(
        self,
        rate: int,
        sampling_rate: int,
        seconds: float,
        folder: str | os.PathLike[str] | None = None,
    ) -> None:
        self._seconds = seconds
        self._file = tempfile.TemporaryFile(dir=folder)
        self._close = weakref.finalize(self, self._file.close)
        self._number = 0
        self._written = 0
        super().__init__(
            sound_range(0.0, min(seconds, STRETCH_SECONDS), rate, sampling_rate)
        )

    @property
    def done(self) -> bool:
        """Whether the end of the sound has been reached."""
        return self._is_last and super().done

    @property
    def _is_last(self) -> bool:
        return (self._number + 1) * STRETCH_SECONDS >= self._seconds

    def _keep(self, piece: Array, position: int) -> None:
        super()._keep(piece, position)
        while not self._is_last and position + len(piece) >= self._end:
            self._next_stretch()
            super()._keep(piece, position)

    def finish(self, count: int) -> "SpooledSound":
        """All of the sound; zeros where there is none.

        Args:
            count: How many samples.

        Raises:
            MediaError: If there are NaN or infinite samples.
        """
        while not self._is_last:
            self._next_stretch()
        self._write(count - self._written)
        self._file.truncate(2 * count)
        # From here on it is the sound's to close.
        self._close.detach()
        return SpooledSound(self._file, count)

    def _next_stretch(self) -> None:
        """Write what is complete, and go on after it."""
        old, before = self.span, self.samples
        self._write(STRETCH_SECONDS * old.sampling_rate)
        self._number += 1
        start = self._number * STRETCH_SECONDS
        seconds = min(self._seconds - start, STRETCH_SECONDS)
        self.span = sound_range(start, seconds, old.rate, old.sampling_rate)
        self.samples = np.zeros(self.span.count, np.float32)
        # The filter sees a little on either side.
        paste(self.samples, self.span.first, before, old.first)

    def _write(self, count: int) -> None:
        samples = resampled(self.samples, self.span)[:count]
        levels = np.clip(np.round(samples * FULL_SCALE), -32768, 32767)
        self._file.write(levels.astype(np.int16).tobytes())
        self._written += len(levels)
