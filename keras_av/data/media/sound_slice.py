"""A stretch of decoded sound, put together and resampled."""

import dataclasses
import math
from typing import Protocol

import numpy as np
import soxr

from keras_av.data.clip.clip_spec import ClipSpec
from keras_av.data.clip.media_error import MediaError
from keras_av.ops.types import Array

# The resampling filter sees this much sound on either side of the clip.
_MARGIN_SECONDS = 0.02
_MAX_RATE = 1_000_000
# Full scale is 1; of whole numbers that were never scaled, 2 ** 31.
_MAX_SAMPLE = 1e10


@dataclasses.dataclass(frozen=True)
class SoundRange:
    """The samples of a file that a stretch of sound is made of.

    Args:
        first: Number of the first sample; may be before the file's first.
        count: How many there are.
        lead: How many samples before the stretch there are, once they are
            resampled; they serve the filter only.
        rate: Sampling rate of the file, in Hz.
        sampling_rate: Rate after resampling, in Hz.
    """

    first: int
    count: int
    lead: int
    rate: int
    sampling_rate: int


def check_rate(rate: int) -> None:
    """Refuse a sampling rate that no real file has.

    Raises:
        MediaError: If it is one.
    """
    if not 0 < rate <= _MAX_RATE:
        raise MediaError("absurd", f"it claims {rate} samples a second")


def sound_range(
    start: float, seconds: float, rate: int, sampling_rate: int
) -> SoundRange:
    """The samples, at a file's own rate, of a stretch of time.

    They begin where a sample of either rate stands, so that a resampled
    stretch holds the very samples of the whole file resampled.

    Raises:
        MediaError: If no real file has such a rate.
    """
    check_rate(rate)
    margin = round(_MARGIN_SECONDS * rate)
    common = math.gcd(rate, sampling_rate)
    step = rate // common
    periods = (round(start * rate) - margin) // step
    first = periods * step
    last = round((start + seconds) * rate) + margin
    lead = round(start * sampling_rate) - periods * (sampling_rate // common)
    return SoundRange(first, last - first, lead, rate, sampling_rate)


def paste(
    target: Array, target_first: int, piece: Array, piece_first: int
) -> None:
    """Copy into one stretch what it shares with another."""
    low = max(target_first, piece_first)
    high = min(target_first + len(target), piece_first + len(piece))
    if high > low:
        target[low - target_first : high - target_first] = piece[
            low - piece_first : high - piece_first
        ]


def check_samples(samples: Array) -> None:
    """Refuse samples that no sound has.

    Raises:
        MediaError: If some are NaN, infinite, or so large that resampling
            spreads them over all others.
    """
    # Neither holds of NaN; absolute values of hours of sound are large.
    lowest, highest = samples.min(initial=0.0), samples.max(initial=0.0)
    if not (-_MAX_SAMPLE <= lowest and highest <= _MAX_SAMPLE):
        raise MediaError(
            "not_finite", "the sound holds NaN, infinity or absurd samples"
        )


def resampled(samples: Array, span: SoundRange) -> Array:
    """The samples of a stretch, and some after it, at the clip's rate.

    Raises:
        MediaError: If `check_samples` refuses the samples.
    """
    check_samples(samples)
    if span.rate != span.sampling_rate:
        samples = soxr.resample(samples, span.rate, span.sampling_rate)
    return samples[span.lead :]


def finish_sound(
    samples: Array,
    span: SoundRange,
    seconds: float,
    spec: ClipSpec,
    pad: bool = False,
) -> Array:
    """Resample a stretch to a clip's sound, within [-1, 1].

    A stretch shorter than the clip is repeated, or followed by zeros if it
    is to be padded.

    Raises:
        MediaError: If there are NaN or infinite samples, or none at all.
    """
    count = round(seconds * span.sampling_rate)
    samples = resampled(samples, span)[:count]
    if len(samples) == 0:
        raise MediaError("empty", "the sound holds no samples")
    repeated = np.resize(samples, spec.num_samples)
    if pad:
        repeated[len(samples) :] = 0.0
    return np.clip(repeated, -1.0, 1.0).astype(np.float32)


class SoundSink(Protocol):
    """A receiver of decoded sound."""

    def add(self, piece: Array, time: float | None) -> None:
        """Take the next piece, `(samples,)`, that begins at `time`."""


class SoundCollector:
    """Gathers the decoded pieces of one stretch of sound.

    What no piece covers stays zero, as sound that begins late or ends early.

    Args:
        span: The samples wanted.
    """

    def __init__(self, span: SoundRange) -> None:
        self.span = span
        self.samples = np.zeros(span.count, np.float32)
        self._position: int | None = None

    @property
    def done(self) -> bool:
        """Whether the end of the stretch has been reached."""
        return self._position is not None and self._position >= self._end

    @property
    def _end(self) -> int:
        return self.span.first + self.span.count

    def add(self, piece: Array, time: float | None) -> None:
        """Take the next piece, `(samples,)`, that begins at `time`.

        Pieces follow one another; a time only counts where it tells of a
        gap, since in some containers it is rounded to milliseconds.
        """
        if time is not None:
            claimed = round(time * self.span.rate)
            tolerance = _MARGIN_SECONDS * self.span.rate
            if (
                self._position is None
                or abs(claimed - self._position) > tolerance
            ):
                self._position = claimed
        if self._position is None:
            return
        self._keep(piece, self._position)
        self._position += len(piece)

    def _keep(self, piece: Array, position: int) -> None:
        paste(self.samples, self.span.first, piece, position)
