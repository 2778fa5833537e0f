"""Sound files, by libsndfile."""

import os
from collections.abc import Iterator
from types import TracebackType

import numpy as np
import soundfile

from keras_av.data.clip.clip_spec import ClipSpec
from keras_av.data.clip.clip_window import ClipWindow, Extent
from keras_av.data.clip.media_error import MediaError
from keras_av.data.media.check_seconds import check_seconds
from keras_av.data.media.sound_slice import SoundCollector, sound_range
from keras_av.ops.types import Array

# What libsndfile calls a coding that it has no reader for.
_UNSUPPORTED = 4


class SoundFileSource:
    """An open sound file; a context manager.

    Args:
        path: Path of the file.
        spec: Specification of a clip without frames.

    Raises:
        soundfile.LibsndfileError: If this is no file for libsndfile.
        MediaError: If it holds no samples, or claims an absurd number.

    Attributes:
        num_bad_packets: Number of gaps met so far, where samples are missing.
    """

    def __init__(self, path: str, spec: ClipSpec) -> None:
        self.num_bad_packets = 0
        self._sampling_rate = spec.sampling_rate
        self._file = soundfile.SoundFile(path)
        _check_countable(self._file)
        self._num_samples = _num_samples(self._file)
        duration = self._num_samples / self._file.samplerate
        try:
            if duration == 0:
                raise MediaError("empty", "it holds no samples")
            check_seconds(duration, os.path.getsize(path))
        except MediaError:
            self._file.close()
            raise
        self.extent = Extent(duration, sound_end=duration)

    def __enter__(self) -> "SoundFileSource":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def read(self, window: ClipWindow) -> tuple[None, SoundCollector]:
        """Read the sound of one clip."""
        return None, self._collect(window.sound_start, window.sound_seconds)

    def read_all(self) -> tuple[Array, Array, SoundCollector]:
        """Read the whole file: no frames, and all of the sound."""
        duration, rate = self.extent.duration, self._file.samplerate
        sound = SoundCollector(
            sound_range(0.0, duration, rate, self._sampling_rate)
        )
        # What is left around a gap depends on how much is read at once.
        self.decode_all(sound)
        return np.zeros(0), np.zeros((0, 0, 0, 3), np.uint8), sound

    def decode_all(self, sound: SoundCollector) -> None:
        """Give all of the sound to a collector, piece by piece.

        Raises:
            MediaError: If it does not decode.
        """
        rate, position = self._file.samplerate, 0
        try:
            for block in _blocks(self._file):
                sound.add(block.mean(axis=1), position / rate)
                position += len(block)
                if len(block) < rate and position < self._num_samples:
                    self.num_bad_packets += 1
        except soundfile.LibsndfileError as error:
            raise MediaError("corrupt", str(error)) from error
        if position == 0:
            raise MediaError("truncated", "the samples it claims are missing")

    @property
    def sound_rate(self) -> int:
        """Of the file, in Hz."""
        return self._file.samplerate

    def _collect(self, start: float, seconds: float) -> SoundCollector:
        rate = self._file.samplerate
        sound = SoundCollector(
            sound_range(start, seconds, rate, self._sampling_rate)
        )
        first = max(sound.span.first, 0)
        last = min(sound.span.first + sound.span.count, self._num_samples)
        try:
            # A header that claims too much leads seeking astray, too.
            start = first if self._num_samples == self._file.frames else 0
            self._file.seek(start)
            samples = self._read(last - start)[first - start :]
        except soundfile.LibsndfileError as error:
            raise MediaError("corrupt", str(error)) from error
        if len(samples) == 0:
            raise MediaError("truncated", "the samples it claims are missing")
        sound.add(samples.mean(axis=1), first / rate)
        return sound

    def _read(self, count: int) -> Array:
        """The next samples; libsndfile returns early where a gap begins."""
        pieces = [np.zeros((0, self._file.channels), np.float32)]
        while count > 0:
            piece = self._file.read(count, "float32", always_2d=True)
            if len(piece) == 0:
                break
            pieces.append(piece)
            count -= len(piece)
            self.num_bad_packets += count > 0
        return np.concatenate(pieces)


def _check_countable(file: soundfile.SoundFile) -> None:
    """Leave what libsndfile reads in part to FFmpeg.

    Of MP3 in a WAV file it takes the length from a bit rate, and stops there.

    Raises:
        soundfile.LibsndfileError: If it is such a file.
    """
    if file.subtype.startswith("MPEG") and file.format != "MP3":
        file.close()
        raise soundfile.LibsndfileError(_UNSUPPORTED, f"{file.name!r}: ")


def _num_samples(file: soundfile.SoundFile) -> int:
    """Samples of each channel that are there.

    The header of an MP3 claims a number, whatever became of its end.
    """
    if file.format == "MP3" and file.frames:
        file.seek(file.frames - 1)
        if len(file.read(1)) == 0:
            return sum(len(block) for block in _blocks(file))
    return file.frames


def _blocks(file: soundfile.SoundFile) -> Iterator[Array]:
    """All samples, a second at a time.

    `SoundFile.blocks` does not notice where samples end before the number
    that is claimed, and continues with arbitrary memory.
    """
    file.seek(0)
    while len(block := file.read(file.samplerate, "float32", always_2d=True)):
        yield block
