"""All clips of a file in one pass through it."""

import collections
from collections.abc import Iterator
from typing import Any

from keras_av.data.clip.clip import Clip
from keras_av.data.clip.clip_spec import ClipSpec
from keras_av.data.clip.clip_window import ClipWindow, hop_windows
from keras_av.data.clip.media_error import MediaError
from keras_av.data.media.container_source import (
    FULL_FRAMES,
    INTERLEAVING,
    SOUND_PREROLL,
    ContainerSource,
    audible,
)
from keras_av.data.media.read_clip import (
    Source,
    as_media_error,
    cut_window,
    finish_clip,
)
from keras_av.data.media.sound_slice import SoundCollector
from keras_av.data.media.window_gatherer import WindowGatherer
from keras_av.ops.types import Array


def stream_clips(
    source: Source,
    spec: ClipSpec,
    hop: float | None,
    tail: str = "drop",
    pad: bool = False,
) -> Iterator[Clip | MediaError]:
    """Read the clips of a file that begin `hop` seconds apart, in order.

    Each is what `cut_window` reads at the same moment. Where one cannot be
    read, its fault stands in its place, and the following ones still come.
    """
    windows = hop_windows(spec, source.extent, hop, tail)
    if isinstance(source, ContainerSource):
        yield from _ClipStream(source, spec, windows, pad).clips()
        return
    # Any place of other files is as near as any other.
    for window in windows:
        try:
            clip: Clip | MediaError = cut_window(source, spec, window, pad)
        except Exception as error:
            clip = as_media_error(error)
        yield clip


class _Listeners:
    """Hands the pieces of decoded sound to several collectors."""

    def __init__(self, collectors: list[SoundCollector]) -> None:
        self._collectors = collectors

    def add(self, piece: Array, time: float | None) -> None:
        for collector in self._collectors:
            collector.add(piece, time)


class _ClipStream:
    """One pass through a container.

    Holds the clips that have begun and are not complete: those that overlap,
    and those whose sound comes later in the file than their picture.
    """

    def __init__(
        self,
        source: ContainerSource,
        spec: ClipSpec,
        windows: Iterator[ClipWindow],
        pad: bool,
    ) -> None:
        self._source = source
        self._media = source.media
        self._spec = spec
        self._windows = windows
        self._pad = pad
        self._open: collections.deque[tuple[WindowGatherer, int]] = (
            collections.deque()
        )
        self._last: tuple[float, Any] | None = None
        self._next: WindowGatherer | None = None
        self._margin = 0.0
        if self._media.video:
            self._margin = FULL_FRAMES / self._media.rate

    def clips(self) -> Iterator[Clip | MediaError]:
        """The clips, or the faults in their places."""
        fault: MediaError | None = None
        self._advance()
        try:
            self._media.seek(0.0)
            for packet in self._media.packets():
                time = self._media.time(packet)
                self._take(packet, time)
                yield from self._complete(time)
                if not self._open and self._next is None:
                    return
        except Exception as error:
            fault = as_media_error(error)
        # The file has ended, or reading any further makes no sense.
        while self._open or self._next is not None:
            if not self._open:
                self._begin(float("inf"))
            gatherer, bad_before = self._open.popleft()
            if fault is not None and not gatherer.done:
                yield fault
            else:
                yield self._finished(gatherer, bad_before)

    def _take(self, packet: Any, time: float | None) -> None:
        self._begin(0.0 if time is None else time)
        if packet.stream is self._media.audio:
            sounds = [g.sound for g, _ in self._open if g.sound]
            wanted = [s for s in sounds if not s.done and audible(time, s)]
            if wanted:
                self._media.hear(packet, _Listeners(wanted))
            return
        target = self._next_time()
        if target is None:
            return
        skip = time is not None and time < target - self._margin
        for frame_time, frame in self._media.frames(packet, skip):
            self._begin(frame_time)
            for gatherer, _ in self._open:
                gatherer.see(frame_time, frame)
            self._last = (frame_time, frame)

    def _next_time(self) -> float | None:
        """When the next frame is wanted, if any is."""
        pickers = [g.picker for g, _ in self._open]
        if self._next is not None:
            pickers.append(self._next.picker)
        times = [picker.next_time for picker in pickers if not picker.done]
        return min(times, default=None)

    def _begin(self, time: float) -> None:
        """Open the clips that what comes at `time` may belong to."""
        while self._next is not None:
            if self._next.begin - SOUND_PREROLL > time:
                return
            if self._last is not None:
                # It may be the nearest one for a long time to come.
                self._next.see(*self._last)
            bad_before = self._source.num_bad_packets
            if self._media.num_lacking_bytes:
                # What was cut off is counted in each clip, as if read alone.
                bad_before -= 1
            self._open.append((self._next, bad_before))
            self._advance()
            if time == float("inf"):
                return

    def _advance(self) -> None:
        window = next(self._windows, None)
        self._next = None
        if window is not None:
            self._next = self._source.gatherer(window)

    def _complete(self, time: float | None) -> Iterator[Clip | MediaError]:
        """The clips at the head of the queue that need nothing any more."""
        while self._open:
            gatherer, bad_before = self._open[0]
            late = time is not None and time > gatherer.end + INTERLEAVING
            if not gatherer.done and not late:
                return
            self._open.popleft()
            yield self._finished(gatherer, bad_before)

    def _finished(
        self, gatherer: WindowGatherer, bad_before: int
    ) -> Clip | MediaError:
        num_bad = self._source.num_bad_packets - bad_before
        try:
            video, sound = gatherer.finish(self._source.extent.rate, num_bad)
            return finish_clip(
                self._spec, gatherer.window, video, sound, num_bad, self._pad
            )
        except Exception as error:
            return as_media_error(error)
