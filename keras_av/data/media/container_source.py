"""Frames and sound of one moment, in one pass through a file."""

import math
from collections.abc import Iterator
from types import TracebackType

import av
import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter

from keras_av.data.clip.clip_spec import ClipSpec
from keras_av.data.clip.clip_window import ClipWindow, Extent
from keras_av.data.clip.media_error import MediaError
from keras_av.data.media.check_chunks import check_chunks
from keras_av.data.media.check_frame_size import check_frame_size
from keras_av.data.media.container_extent import measure_extent
from keras_av.data.media.media_container import MediaContainer
from keras_av.data.media.nearest_frames import NearestFrames
from keras_av.data.media.sound_slice import SoundCollector, sound_range
from keras_av.data.media.window_gatherer import WindowGatherer
from keras_av.ops.types import Array

# Codecs need some packets before the first good sample, and containers
# place sound up to half a second away from the picture it belongs to.
SOUND_PREROLL = 0.5
# Past the clip by this much, what is still missing will not come.
INTERLEAVING = 10.0
# Frames before the first one wanted that are decoded in full.
FULL_FRAMES = 3
# Seconds before a clip where reading may begin, if it cannot at the clip.
EARLIER = (0.0, 1.0, 10.0, math.inf)


class ContainerSource:
    """An open file with picture, sound or both; a context manager.

    Args:
        path: Path of the file.
        spec: Specification of a clip.
        extent: Extent found by an earlier source for the same file and `spec`,
            to save looking for the end of the file again.

    Raises:
        MediaError: If it lacks a track that `spec` cannot do without.
    """

    def __init__(
        self, path: str, spec: ClipSpec, extent: Extent | None = None
    ) -> None:
        if extent is None:
            check_chunks(path)
            check_frame_size(path)
        self.media = MediaContainer(path, spec)
        self._sampling_rate = spec.sampling_rate
        self._reformatter = VideoReformatter()
        try:
            self.extent = extent or measure_extent(self.media, spec)
        except BaseException:
            self.media.close()
            raise

    def __enter__(self) -> "ContainerSource":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.media.close()

    @property
    def num_bad_packets(self) -> int:
        """Packets that were skipped because they do not decode."""
        return self.media.num_bad_packets

    def read(
        self, window: ClipWindow
    ) -> tuple[Array | None, SoundCollector | None]:
        """Read the cropped frames and the sound of one clip.

        Raises:
            MediaError: If the clip does not decode.
        """
        before = self.media.num_bad_packets
        for earlier in EARLIER:
            gatherer = self.gatherer(window)
            begin = max(self._begin(gatherer) - earlier, 0.0)
            if self._gather(gatherer, begin) or begin == 0:
                break
            # What was met in vain is not the fault of the file.
            self.media.num_bad_packets = before
        return gatherer.finish(self.extent.rate, self.num_bad_packets)

    def _gather(self, gatherer: WindowGatherer, begin: float) -> bool:
        """Gather a clip, and whether what came first was a beginning.

        An index may be wrong about key frames, and frames before the clip,
        which may be the nearest ones, may be damaged.
        """
        media = self.media
        media.seek(begin)
        sought = begin > 0 and media.video is not None
        picker, sound = gatherer.picker, gatherer.sound
        for time, frame in self._decode(picker, sound, gatherer.end):
            if sought:
                sought = False
                late = time > picker.next_time + 0.5 / media.rate
                if late or media.says_key_frames and not frame.key_frame:
                    return False
            gatherer.see(time, frame)
        return not sought

    def gatherer(self, window: ClipWindow) -> WindowGatherer:
        """What gathers one clip of this file."""
        sound = self._collector(window.sound_start, window.sound_seconds)
        return WindowGatherer(window, sound, self._cropped)

    def read_all(self) -> tuple[Array, Array, SoundCollector | None]:
        """Read the whole file: times of the frames, the frames, the sound.

        Raises:
            MediaError: If nothing decodes.
        """
        sound = self._collector(0.0, self.extent.end)
        times, frames = [], []
        for time, frame in self.decode_all(sound):
            times.append(time)
            frames.append(self.scaled(frame))
        if self.media.video and not frames:
            raise MediaError("corrupt", "not one of its frames decodes")
        return np.array(times), np.array(frames, np.uint8), sound

    def decode_all(
        self, sound: SoundCollector | None
    ) -> Iterator[tuple[float, av.VideoFrame]]:
        """Yield times and frames, and give all of the sound to a collector."""
        self.media.seek(0.0)
        return self._decode(None, sound, self.extent.end)

    @property
    def sound_rate(self) -> int | None:
        """Of the file, in Hz; `None` without a sound track."""
        return self.media.audio.rate if self.media.audio else None

    def _collector(self, start: float, seconds: float) -> SoundCollector | None:
        if not self.media.audio:
            return None
        rate = self.media.audio.rate
        return SoundCollector(
            sound_range(start, seconds, rate, self._sampling_rate)
        )

    def _begin(self, gatherer: WindowGatherer) -> float:
        """When that begins which a clip needs."""
        begins = list(gatherer.window.times)
        if gatherer.sound:
            begins.append(gatherer.window.sound_start - SOUND_PREROLL)
        return float(min(begins))

    def _decode(
        self,
        picker: NearestFrames | None,
        sound: SoundCollector | None,
        end: float,
    ) -> Iterator[tuple[float, av.VideoFrame]]:
        """Yield frames with their times; gather the sound in passing.

        Stops when the picker (if there is one) and the sound have enough.
        """
        media = self.media
        margin = FULL_FRAMES / media.rate if media.video else 0.0
        for packet in media.packets():
            time = media.time(packet)
            if time is not None and time > end + INTERLEAVING:
                return
            if packet.stream is media.audio:
                if sound and not sound.done and audible(time, sound):
                    media.hear(packet, sound)
            elif picker is None:
                yield from media.frames(packet)
            elif not picker.done:
                skip = time is not None and time < picker.next_time - margin
                yield from media.frames(packet, skip)
            if picker and picker.done and (sound is None or sound.done):
                return

    def _cropped(self, frame: av.VideoFrame, window: ClipWindow) -> Array:
        top, left, height, width = window.box
        scaled = self.scaled(frame)
        return scaled[top : top + height, left : left + width].copy()

    def scaled(self, frame: av.VideoFrame) -> Array:
        """A frame as RGB, upright, in the size of the extent."""
        height, width = self.extent.height, self.extent.width
        turns = frame.rotation // 90 % 4
        if turns % 2:
            height, width = width, height
        # AREA averages what it shrinks; one reformatter keeps its tables.
        image = self._reformatter.reformat(
            frame,
            width=width,
            height=height,
            format="rgb24",
            interpolation=Interpolation.AREA,
            threads=1,
        ).to_ndarray()
        return np.rot90(image, turns) if turns else image


def audible(time: float | None, sound: SoundCollector) -> bool:
    """Whether a packet matters for the stretch that is collected."""
    begin = sound.span.first / sound.span.rate
    return time is None or time > begin - SOUND_PREROLL
