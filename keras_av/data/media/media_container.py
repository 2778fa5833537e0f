"""A file opened by PyAV: its streams, packets, frames and sound."""

from collections.abc import Iterator
from typing import Any

import av
from av.stream import Disposition

from keras_av.data.clip.clip_spec import ClipSpec
from keras_av.data.clip.media_error import MediaError
from keras_av.data.media.frame_limits import check_pixels, decoder_limits
from keras_av.data.media.lacking_bytes import lacking_bytes
from keras_av.data.media.sound_slice import SoundSink, check_rate
from keras_av.ops.types import Array

# What codecs say about damaged files is in the report, in fewer words.
# Logging also takes the interpreter's lock in the midst of decoding.
av.logging.set_level(None)

# Their packets do not say where key frames are: a seek ends anywhere, and
# what follows is wrong until the next key frame.
_WITHOUT_KEY_FRAMES = ("mpeg", "mpegts")
_LONGEST_GAP = 3.0

_MAX_BAD_PACKETS = 200
_MAX_RATE = 1000.0


class MediaContainer:
    """One open file; times are in seconds from the start of its picture.

    Where a clip has no picture they count from the start of the sound.

    Args:
        path: Path of the file.
        spec: Which streams are wanted.

    Attributes:
        num_bad_packets: Number of packets that do not decode so far.
        num_lacking_bytes: Number of bytes that the file has been cut by.

    Raises:
        MediaError: If a stream is not there or cannot be a real one.
    """

    def __init__(self, path: str, spec: ClipSpec) -> None:
        self._path = path
        self._spec = spec
        # Streams of PyAV; None where there is none or none is wanted.
        self.video: Any = None
        self.audio: Any = None
        self._delay = 0
        self._last_ticks: int | None = None
        self._layout: tuple[str, str, int] | None = None
        self.open()
        self.num_lacking_bytes = lacking_bytes(path, self.container.format.name)
        # What is cut off held one at least, and clips are not of the moments
        # that they would be of.
        self.num_bad_packets = int(self.num_lacking_bytes > 0)

    def open(self) -> None:
        """Open the file, or open it again at its start."""
        # Old files hold metadata in any encoding; it is not used here.
        self.container = av.open(self._path, metadata_errors="ignore")
        try:
            self._find_streams()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self.container.close()

    @property
    def main(self) -> Any:
        """The stream that times refer to."""
        return self.video or self.audio

    @property
    def rate(self) -> float:
        """Frames a second; 0 without video."""
        if not self.video:
            return 0.0
        return float(self.video.average_rate or self.video.guessed_rate or 0)

    @property
    def says_key_frames(self) -> bool:
        """Whether a seek ends at a key frame, if the file is right."""
        return self.container.format.name not in _WITHOUT_KEY_FRAMES

    def seek(self, time: float) -> None:
        """Go to the last key frame before `time`, or to the very start."""
        if not self.says_key_frames:
            time -= _LONGEST_GAP
        if self._delay:
            # The frames shown just before a key frame are stored after it.
            time -= 2 * self._delay / self.rate
        self._last_ticks = None
        ticks = 0
        if time > 0:
            ticks = int((time + self.start) / self.main.time_base)
        try:
            self.container.seek(ticks, stream=self.main, backward=True)
        except Exception:
            # An index that is broken or not there: read from the start.
            self.close()
            self.open()

    def packets(self) -> Iterator[Any]:
        """Packets of the wanted streams, in the order of the file."""
        streams = [stream for stream in (self.video, self.audio) if stream]
        packets = self.container.demux(*streams)
        while True:
            try:
                packet = next(packets, None)
            except av.FFmpegError:
                # The demuxer gave up; what it has read so far stands.
                self._count_bad_packet()
                return
            except IndexError:
                # At the end, PyAV has no object of a stream that appeared on
                # the way; it comes after all others.
                return
            if packet is None:
                return
            yield packet

    def time(self, packet: Any) -> float | None:
        """When a packet is shown or heard, if it says so."""
        ticks = packet.dts if packet.pts is None else packet.pts
        if ticks is None:
            return None
        return ticks * self._ticks[packet.stream_index] - self.start

    def frames(
        self, packet: Any, skip: bool = False
    ) -> Iterator[tuple[float, Any]]:
        """Frames of a video packet and their times.

        With `skip`, frames that no other frame needs are left out.
        """
        context = self.video.codec_context
        context.skip_frame = "NONREF" if skip else "DEFAULT"
        try:
            frames = packet.decode()
        except av.FFmpegError:
            self._count_bad_packet()
            return
        for frame in frames:
            ticks = self._avi_ticks(frame) if self._is_avi else frame.pts
            if ticks is not None:
                yield ticks * self._ticks[self.video.index] - self.start, frame

    def hear(self, packet: Any, sound: SoundSink) -> None:
        """Decode a sound packet, mix it to one channel and collect it."""
        try:
            pieces = [
                (frame, piece)
                for frame in packet.decode()
                for piece in self._mono(frame)
            ]
        except (av.FFmpegError, ValueError):
            # ValueError: a damaged frame claims a format that none has.
            self._count_bad_packet()
            return
        for frame, piece in pieces:
            time = None
            if frame.pts is not None:
                time = float(frame.pts * frame.time_base) - self.start
            sound.add(piece, time)

    def _mono(self, frame: Any) -> Iterator[Array]:
        """The samples of a frame at the stream's rate, mixed to one channel.

        A stream may change its format on the way, above all a damaged one.
        Samples are packed because PyAV looks for planes past their end
        where there are eight or more.
        """
        layout = (frame.format.name, frame.layout.name, frame.rate)
        if layout != self._layout:
            self._layout = layout
            self._resampler = av.AudioResampler("flt", rate=self.audio.rate)
        for piece in self._resampler.resample(frame):
            samples = piece.to_ndarray().reshape(-1, piece.layout.nb_channels)
            yield samples[:, 0] if samples.shape[1] == 1 else samples.mean(1)

    def _find_streams(self) -> None:
        streams, spec = self.container.streams, self._spec
        self.audio = None
        if spec.num_samples and streams.audio:
            if streams.audio[0].codec_context is not None:
                self.audio = streams.audio[0]
                self.audio.codec_context.thread_type = "NONE"
                self.audio.codec_context.options = decoder_limits()
                # Said first, and so of a file without a picture, too.
                check_rate(self.audio.rate)
        self.video = self._find_video() if spec.num_frames else None
        if not self.video and not self.audio:
            raise MediaError("no_audio", "it has no sound track")
        self.start = float((self.main.start_time or 0) * self.main.time_base)
        self._is_avi = self.container.format.name == "avi"
        # Fractions are exact and slow; there are thousands of packets.
        self._ticks = {
            stream.index: float(stream.time_base)
            for stream in (self.video, self.audio)
            if stream
        }
        self._delay = 0
        if self._is_avi and self.video:
            self._delay = int(self.video.codec_context.has_b_frames)

    def _avi_ticks(self, frame: Any) -> int | None:
        """Number of a frame in an AVI file.

        AVI keeps no presentation times. Frames come in their order, but
        `pts` is a guess, and `dts` belongs to the packet after which the
        frame came out; after the last packet there is none.
        """
        if frame.dts is not None:
            self._last_ticks = frame.dts - self._delay
        elif self._last_ticks is not None:
            self._last_ticks += 1
        return self._last_ticks

    def _find_video(self) -> Any:
        # The cover picture of a song is a video stream of one frame.
        videos = [
            stream
            for stream in self.container.streams.video
            if not stream.disposition & Disposition.attached_pic
        ]
        if not videos:
            raise MediaError("no_video", "it has no video track")
        video = videos[0]
        if video.codec_context is None:
            raise MediaError("unreadable", "there is no decoder for its video")
        check_pixels(video.width, video.height)
        rate = float(video.average_rate or video.guessed_rate or 0)
        if not 0 < rate <= _MAX_RATE:
            raise MediaError("absurd", f"it claims {rate} frames a second")
        # Every clip has a worker of its own already.
        video.codec_context.thread_type = "NONE"
        video.codec_context.options = decoder_limits()
        return video

    def _count_bad_packet(self) -> None:
        self.num_bad_packets += 1
        if self.num_bad_packets > _MAX_BAD_PACKETS:
            raise MediaError("corrupt", "too many packets do not decode")
