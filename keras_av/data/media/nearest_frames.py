"""Choose frames by time from a stream of them."""

from typing import Any

import numpy as np

from keras_av.data.clip.media_error import MediaError
from keras_av.ops.types import Array

# Times come from integer ticks through floats.
_TINY = 1e-4


class NearestFrames:
    """Picks, for each of some times, the nearest frame of a stream.

    Only the last frame is held, so a stream may be of any length.

    Args:
        times: Times in seconds, ascending.
    """

    def __init__(self, times: Array) -> None:
        self._times = [float(time) for time in times]
        self._last: tuple[float, Any] | None = None
        self._num_chosen = 0
        self.largest_gap = 0.0

    @property
    def done(self) -> bool:
        """Whether every time has its frame."""
        return self._num_chosen == len(self._times)

    @property
    def next_time(self) -> float:
        """The earliest time that still lacks its frame."""
        return self._times[self._num_chosen]

    def offer(self, time: float, frame: Any) -> list[Any]:
        """Take the next frame; return those now known to be the nearest."""
        chosen = []
        while not self.done:
            target = self._times[self._num_chosen]
            if time < target - _TINY:
                break
            late, nearest = abs(time - target), frame
            if self._last is not None:
                early = abs(target - self._last[0])
                # Of two that are equally near, the earlier one.
                if early <= late + _TINY:
                    late, nearest = early, self._last[1]
            chosen.append(self._choose(nearest, late))
        self._last = (time, frame)
        return chosen

    def finish(self) -> list[Any]:
        """End the stream: what is left is nearest to the last frame."""
        if self._last is None:
            return []
        time, frame = self._last
        left = self._times[self._num_chosen :]
        return [self._choose(frame, abs(target - time)) for target in left]

    def _choose(self, frame: Any, gap: float) -> Any:
        self._num_chosen += 1
        self.largest_gap = max(self.largest_gap, gap)
        return frame


def pick_frames(
    times: Array, wanted: Array, rate: float, num_bad_packets: int
) -> Array:
    """Numbers of the frames that `NearestFrames` would choose of a file.

    Args:
        times: Times of all frames, in seconds, `(frames,)`.
        wanted: Wanted times in seconds, `(num_frames,)`.
        rate: Frames a second.
        num_bad_packets: Number of undecodable packets in the file.

    Raises:
        MediaError: If frames are far from the time they stand for.
    """
    # The first frame that is not before the time, if the times go back.
    latest = np.maximum.accumulate(times)
    after = np.searchsorted(latest, wanted - _TINY)
    ended = bool((after == len(times)).any())
    after = np.minimum(after, len(times) - 1)
    before = np.maximum(after - 1, 0)
    late, early = abs(times[after] - wanted), abs(wanted - times[before])
    numbers = np.where(early <= late + _TINY, before, after)
    if num_bad_packets or ended:
        gap = float(np.minimum(early, late).max())
        check_gap(gap, rate, num_bad_packets)
    return numbers


def check_gap(gap: float, rate: float, num_bad_packets: int) -> None:
    """Refuse frames that stand for a time too far away.

    Raises:
        MediaError: If a clip's largest gap is more than its file explains.
    """
    # A file with a varying frame rate may rightly hold a frame long.
    if gap > max(2.5 / rate, 0.5):
        reason = "corrupt" if num_bad_packets else "truncated"
        raise MediaError(reason, f"{gap:.2f} s of the clip have no frames")
