"""Specification of a clip: number and size of frames, length of sound."""

import dataclasses
import numbers

ALIGNMENTS = ("start", "center", "end")


@dataclasses.dataclass(frozen=True)
class ClipSpec:
    """The shape of a clip in time and space.

    A clip has `num_frames` frames, `frame_stride` apart, and `audio_seconds`
    of sound at the same time. At `rate` frames per second its video spans
    `((num_frames - 1) * frame_stride + 1) / rate` seconds.

    Frames are resized to `8 / 7` of `size` along the shorter side (such as 128
    for 112) and then cropped to `size`.

    Args:
        num_frames: Number of frames; 0 for audio only. Defaults to 16.
        frame_stride: Distance between frames, in frames of `fps`, at least 1.
            Defaults to 2.
        fps: Frame rate to which the file is resampled by nearest frames, or
            `None` for the rate of the file. Defaults to `None`.
        size: Height and width in pixels, or one number for both. Defaults
            to 112.
        sampling_rate: Sampling rate of the sound, in Hz. Defaults to 16000.
        audio_seconds: Length of the sound in seconds; 0 for video only.
            Defaults to 1.0.
        audio_alignment: `"start"`, `"center"` or `"end"`, the point at which
            sound and video are aligned. Defaults to `"center"`.
        stride_jitter: Maximum random change of `frame_stride` in training,
            less than `frame_stride`. It changes the speed of the video but not
            of the sound. Defaults to 0.
        frame_jitter: Maximum random shift of each frame in training, in
            frames, within the span of the clip. At most half of the minimum
            stride, so that frames stay in order. Defaults to 0.

    Raises:
        ValueError: If an argument is out of range, or the clip has neither
            video nor sound.

    Examples:

    >>> from keras_av.data import ClipSpec
    >>> spec = ClipSpec(num_frames=8, frame_stride=2, size=96)
    >>> spec.video_shape, spec.audio_shape
    ((8, 96, 96, 3), (16000,))
    >>> spec.span(rate=30)
    0.5
    """

    num_frames: int = 16
    frame_stride: int = 2
    fps: float | None = None
    size: int | tuple[int, int] = 112
    sampling_rate: int = 16000
    audio_seconds: float = 1.0
    audio_alignment: str = "center"
    stride_jitter: int = 0
    frame_jitter: int = 0

    def __post_init__(self) -> None:
        _at_least("num_frames", self.num_frames, 0)
        _at_least("frame_stride", self.frame_stride, 1)
        _at_least("sampling_rate", self.sampling_rate, 1)
        self._check_jitter()
        for length in self.height_width:
            _at_least("size", length, 1)
        if self.fps is not None and not 0 < self.fps <= 1000:
            raise ValueError(
                "fps must be None or frames a second, above 0 and at most "
                f"1000. Received: fps={self.fps}"
            )
        if not 0 <= self.audio_seconds < float("inf"):
            raise ValueError(
                "audio_seconds must be finite and not negative. Received: "
                f"audio_seconds={self.audio_seconds}"
            )
        if self.audio_alignment not in ALIGNMENTS:
            raise ValueError(
                f"audio_alignment must be one of {ALIGNMENTS}. Received: "
                f"audio_alignment={self.audio_alignment!r}"
            )
        if self.audio_seconds > 0 and self.num_samples == 0:
            raise ValueError(
                "audio_seconds is less than one sample. Received: "
                f"audio_seconds={self.audio_seconds}, "
                f"sampling_rate={self.sampling_rate}"
            )
        if not self.num_frames and not self.num_samples:
            raise ValueError(
                "A clip needs num_frames > 0 or audio_seconds > 0. Received: "
                f"num_frames={self.num_frames}, "
                f"audio_seconds={self.audio_seconds}"
            )

    def _check_jitter(self) -> None:
        _at_least("stride_jitter", self.stride_jitter, 0)
        _at_least("frame_jitter", self.frame_jitter, 0)
        least = self.frame_stride - self.stride_jitter
        if least < 1 or 2 * self.frame_jitter > least:
            raise ValueError(
                "stride_jitter must be below frame_stride, and frame_jitter "
                "at most half of what is left of it. Received: "
                f"frame_stride={self.frame_stride}, "
                f"stride_jitter={self.stride_jitter}, "
                f"frame_jitter={self.frame_jitter}"
            )

    @property
    def height_width(self) -> tuple[int, int]:
        """Height and width of the frames, in pixels."""
        if isinstance(self.size, (tuple, list)):
            if len(self.size) != 2:
                raise ValueError(
                    "size must be one number or (height, width). Received: "
                    f"size={self.size}"
                )
            return self.size[0], self.size[1]
        return self.size, self.size

    @property
    def num_samples(self) -> int:
        """Samples of sound in a clip."""
        return round(self.audio_seconds * self.sampling_rate)

    @property
    def video_shape(self) -> tuple[int, int, int, int]:
        """Frames, height, width, 3."""
        return (self.num_frames, *self.height_width, 3)

    @property
    def audio_shape(self) -> tuple[int]:
        """Samples."""
        return (self.num_samples,)

    def span(self, rate: float) -> float:
        """Seconds from the start of the first to the end of the last frame.

        Args:
            rate: Frame rate of the file, used if `fps` is `None`.
        """
        if not self.num_frames:
            return 0.0
        frames = (self.num_frames - 1) * self.frame_stride + 1
        return frames / (self.fps or rate)


def _at_least(name: str, value: int, lowest: int) -> None:
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if not whole or value < lowest:
        raise ValueError(
            f"{name} must be an integer, at least {lowest}. Received: "
            f"{name}={value!r}"
        )
