"""Where in a file a clip lies, in time and space."""

import dataclasses
import itertools
import math
from collections.abc import Iterator

import numpy as np

from keras_av.data.clip.clip_spec import ClipSpec
from keras_av.ops.types import Array


@dataclasses.dataclass(frozen=True)
class Extent:
    """What there is to choose from in a file.

    Times are in seconds, from the first frame (from the first sample, where
    there are no frames).

    Args:
        duration: End of the picture, or of the sound if frames are not read.
        rate: Frames a second; 0 if frames are not read.
        height: Height of the scaled frame, in pixels.
        width: Width of the scaled frame, in pixels.
        sound_end: End of the sound, or `None` if there is no sound track.
    """

    duration: float
    rate: float = 0.0
    height: int = 0
    width: int = 0
    sound_end: float | None = None

    @property
    def end(self) -> float:
        """Of the picture or of the sound, whichever is later."""
        return max(self.duration, self.sound_end or 0.0)


@dataclasses.dataclass(frozen=True)
class ClipChoice:
    """Which of all possible clips: each number is a share from 0 to 1.

    Args:
        time: 0 for the earliest clip of the file, 1 for the latest.
        top: 0 for the uppermost crop, 1 for the lowest.
        left: 0 for the leftmost crop, 1 for the rightmost.
        flip: Whether left and right are exchanged.
        stride: 0 for the least stride that `stride_jitter` allows, 1 for the
            greatest.
        jitter: What the displacements of single frames are drawn from; `None`
            for none.

    Examples:

    >>> from keras_av.data import ClipChoice
    >>> ClipChoice()
    ClipChoice(time=0.5, top=0.5, left=0.5, flip=False, stride=0.5, jitter=None)
    """

    time: float = 0.5
    top: float = 0.5
    left: float = 0.5
    flip: bool = False
    stride: float = 0.5
    jitter: float | None = None


@dataclasses.dataclass(frozen=True)
class ClipWindow:
    """One clip of one file.

    Args:
        times: Times of the frames, in seconds, `(num_frames,)`.
        sound_start: Start of the sound, in seconds.
        sound_seconds: Length of sound to read: less than the clip's if the
            file is shorter than that, and then it is to be repeated.
        box: Top, left, height and width of the crop, in pixels.
        flip: Whether left and right are exchanged.
        too_short: Whether the file is shorter than the clip.
    """

    times: Array
    sound_start: float
    sound_seconds: float
    box: tuple[int, int, int, int]
    flip: bool
    too_short: bool


def random_choice(seed: int, epoch: int, position: int) -> ClipChoice:
    """Draw a clip for one position of one epoch, from these numbers alone."""
    generator = np.random.Generator(
        np.random.Philox(
            key=np.array([seed, 0], np.uint64),
            counter=np.array([0, 0, epoch, position], np.uint64),
        )
    )
    time, top, left, flip, stride, jitter = generator.random(6).tolist()
    return ClipChoice(time, top, left, flip < 0.5, stride, jitter)


def even_choice(number: int, total: int) -> ClipChoice:
    """Clip `number` of `total` evenly spaced ones; the middle one of one."""
    return ClipChoice(number / (total - 1) if total > 1 else 0.5)


def hop_windows(
    spec: ClipSpec, extent: Extent, hop: float | None, tail: str
) -> Iterator[ClipWindow]:
    """All clips of a file that begin `hop` seconds apart; at least one.

    Args:
        spec: Specification of a clip.
        extent: Extent of the file.
        hop: Seconds, or `None`: clips follow one another.
        tail: `"drop"` or `"loop"` what is left at the end.
    """
    if hop is None:
        hop = _clip_hop(spec, extent)
    if tail == "loop":
        yield from _covering_windows(spec, extent, hop)
        return
    low, high = _bounds(spec, extent)
    # Durations in headers are rounded.
    count = int((high - low) / hop + 1e-6) + 1
    yield place_window(spec, extent, ClipChoice(0.0))
    for number in range(1, count):
        share = min(number * hop / (high - low), 1.0)
        yield place_window(spec, extent, ClipChoice(share))


def place_window(
    spec: ClipSpec, extent: Extent, choice: ClipChoice
) -> ClipWindow:
    """Convert a choice to times and pixels of a particular file.

    Video and sound both lie inside the file if possible; otherwise the sound
    is moved relative to the video.
    """
    spec = _at_stride(spec, choice)
    low, high = _bounds(spec, extent)
    start = low + choice.time * (high - low)
    if spec.num_frames:
        start = _on_grid(start, low, high, spec.fps or extent.rate)
    return _window_at(spec, extent, choice, start)


def _at_stride(spec: ClipSpec, choice: ClipChoice) -> ClipSpec:
    """The clip with the stride that was chosen."""
    if not spec.stride_jitter:
        return spec
    number = int(choice.stride * (2 * spec.stride_jitter + 1))
    change = min(number, 2 * spec.stride_jitter) - spec.stride_jitter
    return dataclasses.replace(
        spec, frame_stride=spec.frame_stride + change, stride_jitter=0
    )


def _clip_hop(spec: ClipSpec, extent: Extent) -> float:
    """Seconds from a clip to the next, so that frames go on evenly."""
    if not spec.num_frames:
        return spec.audio_seconds
    return spec.num_frames * spec.frame_stride / (spec.fps or extent.rate)


def _covering_windows(
    spec: ClipSpec, extent: Extent, hop: float
) -> Iterator[ClipWindow]:
    """Clips from the first frame on, until one reaches the end."""
    rate, length = spec.fps or extent.rate, _span_frames(spec)
    if not spec.num_frames:
        rate, length = spec.sampling_rate, spec.num_samples
    total = _whole(extent.duration * rate)
    for number in itertools.count():
        start = round(number * hop * rate)
        if start >= total:
            return
        yield _window_at(spec, extent, ClipChoice(), start / rate)
        if start + length >= total:
            return


def _window_at(
    spec: ClipSpec, extent: Extent, choice: ClipChoice, start: float
) -> ClipWindow:
    """The clip whose picture, or else whose sound, begins at a time."""
    sound_end = extent.end
    latest_sound = max(sound_end - spec.audio_seconds, 0.0)
    offset = _sound_offset(spec, spec.span(extent.rate))
    sound_seconds = spec.audio_seconds if extent.sound_end is not None else 0.0
    rate = spec.fps or extent.rate
    looped = spec.num_frames and (
        _whole(extent.duration * rate) < _span_frames(spec)
    )
    return ClipWindow(
        times=_frame_times(spec, extent, choice, start),
        sound_start=min(max(start + offset, 0.0), latest_sound),
        sound_seconds=min(sound_seconds, sound_end),
        box=_crop_box(spec, extent, choice),
        flip=choice.flip,
        too_short=bool(looped)
        or sound_seconds > sound_end + 0.5 / spec.sampling_rate,
    )


def _bounds(spec: ClipSpec, extent: Extent) -> tuple[float, float]:
    """The earliest and the latest time at which a clip may begin."""
    span = spec.span(extent.rate)
    sound_end = extent.end
    latest = max(extent.duration - span, 0.0)
    latest_sound = max(sound_end - spec.audio_seconds, 0.0)
    offset = _sound_offset(spec, span)
    low, high = max(0.0, -offset), min(latest, latest_sound - offset)
    if extent.sound_end is None or high < low:
        return 0.0, latest
    return low, high


def _on_grid(start: float, low: float, high: float, rate: float) -> float:
    """The nearest time of a frame that is not outside the bounds."""
    tiny = 1e-6
    first = math.ceil(low * rate - tiny)
    last = math.floor(high * rate + tiny)
    return max(min(round(start * rate), last), first) / rate


def _frame_times(
    spec: ClipSpec, extent: Extent, choice: ClipChoice, start: float
) -> Array:
    """Times of the frames; what is left of the file is repeated."""
    if not spec.num_frames:
        return np.zeros(0)
    rate = spec.fps or extent.rate
    left = _whole((extent.duration - start) * rate)
    numbers = np.arange(spec.num_frames) * spec.frame_stride
    if spec.frame_jitter and choice.jitter is not None:
        numbers = numbers + _displacements(spec, choice.jitter)
        numbers = np.clip(numbers, 0, _span_frames(spec) - 1)
    return start + numbers % left / rate


def _displacements(spec: ClipSpec, jitter: float) -> Array:
    """By how many frames each frame is displaced."""
    generator = np.random.default_rng(int(jitter * 2**53))
    limit = spec.frame_jitter
    return generator.integers(-limit, limit, spec.num_frames, endpoint=True)


def _span_frames(spec: ClipSpec) -> int:
    """Frames from the first to the last one of a clip."""
    return (spec.num_frames - 1) * spec.frame_stride + 1


def _whole(frames: float) -> int:
    """The nearest number of frames: durations in headers are rounded."""
    return max(int(frames + 0.5), 1)


def _sound_offset(spec: ClipSpec, span: float) -> float:
    """Seconds from the start of the picture to the start of the sound."""
    share = {"start": 0.0, "center": 0.5, "end": 1.0}[spec.audio_alignment]
    return share * (span - spec.audio_seconds) if spec.num_frames else 0.0


def _crop_box(
    spec: ClipSpec, extent: Extent, choice: ClipChoice
) -> tuple[int, int, int, int]:
    if not spec.num_frames:
        return (0, 0, 0, 0)
    height, width = spec.height_width
    # Shares below 1 reach every offset alike; 1 itself is the last one.
    rows, columns = extent.height - height + 1, extent.width - width + 1
    top = min(int(choice.top * rows), rows - 1)
    left = min(int(choice.left * columns), columns - 1)
    return (top, left, height, width)
