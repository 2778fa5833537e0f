"""Choose frames by time from a stream of them."""

from typing import Any

from keras_av.ops.types import Array

# Times come from integer ticks through floats.
_TINY = 1e-4


class NearestFrames:
    """Picks, for each of some times, the nearest frame of a stream.

    Only the last frame is held, so a stream may be of any length.

    Args:
        times: In seconds, ascending.
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
