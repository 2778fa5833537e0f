"""A whole decoded file in memory."""

from keras_av.data.clip.clip_window import ClipWindow, Extent
from keras_av.data.media.nearest_frames import pick_frames
from keras_av.data.media.sound_slice import SoundCollector, sound_range
from keras_av.ops.types import Array


class MemorySource:
    """What `read_all` of another source gave, to be read like that source.

    Args:
        extent: Extent of the file.
        times: Times of the frames, in seconds, `(frames,)`.
        frames: Scaled but not cropped, `(frames, height, width, 3)`, uint8.
        sound: Sound of the whole file at its own rate, or `None`.
        num_bad_packets: How many packets had to be left out.
    """

    def __init__(
        self,
        extent: Extent,
        times: Array,
        frames: Array,
        sound: SoundCollector | None,
        num_bad_packets: int,
    ) -> None:
        self.extent = extent
        self.num_bad_packets = num_bad_packets
        self._times = times
        self._frames = frames
        self._sound = sound

    @property
    def num_bytes(self) -> int:
        """Memory that the arrays take."""
        sound = self._sound.samples.nbytes if self._sound else 0
        return self._frames.nbytes + self._times.nbytes + sound

    def read(
        self, window: ClipWindow
    ) -> tuple[Array | None, SoundCollector | None]:
        """Take the cropped frames and the sound of one clip."""
        return self._pick(window), self._cut(window)

    def _pick(self, window: ClipWindow) -> Array | None:
        if not len(window.times):
            return None
        numbers = pick_frames(
            self._times, window.times, self.extent.rate, self.num_bad_packets
        )
        top, left, height, width = window.box
        return self._frames[numbers, top : top + height, left : left + width]

    def _cut(self, window: ClipWindow) -> SoundCollector | None:
        if self._sound is None:
            return None
        span = self._sound.span
        cut = SoundCollector(
            sound_range(
                window.sound_start,
                window.sound_seconds,
                span.rate,
                span.sampling_rate,
            )
        )
        cut.add(self._sound.samples, span.first / span.rate)
        return cut
