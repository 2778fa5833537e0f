"""The rule for the specification of clips."""

import dataclasses
from typing import Literal

from keras_av.data import ClipSpec
from keras_av.workspace import Provider, rule


@dataclasses.dataclass(frozen=True)
class Clips(Provider):
    """Specification of clips.

    Args:
        spec: `ClipSpec` of the clips.

    Examples:

    >>> from keras_av.rules import clip_spec
    >>> clip_spec(num_frames=8, size=64).spec.video_shape
    (8, 64, 64, 3)
    """

    spec: ClipSpec


@rule()
def clip_spec(
    *,
    num_frames: int = 16,
    frame_stride: int = 2,
    fps: float | None = None,
    size: int = 112,
    sampling_rate: int = 16000,
    audio_seconds: float = 1.0,
    audio_alignment: Literal["center", "start", "end"] = "center",
    stride_jitter: int = 0,
    frame_jitter: int = 0,
) -> Clips:
    """Specify the clips to read; see `keras_av.data.ClipSpec`.

    Args:
        num_frames: Number of frames of a clip; 0 for audio only. Defaults to
            16.
        frame_stride: Distance between frames. Defaults to 2.
        fps: Frame rate in which `frame_stride` is counted, or `None` for that
            of the file. Defaults to `None`.
        size: Height and width in pixels. Defaults to 112.
        sampling_rate: Sampling rate of the sound, in Hz. Defaults to 16000.
        audio_seconds: Length of the sound in seconds; 0 for video only.
            Defaults to 1.
        audio_alignment: Position of the sound relative to the frames. Defaults
            to `"center"`.
        stride_jitter: Maximum random change of `frame_stride` in training.
            Defaults to 0.
        frame_jitter: Maximum random shift of each frame in training. Defaults
            to 0.

    Examples:

    >>> from keras_av.rules import clip_spec
    >>> clip_spec(audio_seconds=2.0).spec.num_samples
    32000
    """
    return Clips(
        ClipSpec(
            num_frames=num_frames,
            frame_stride=frame_stride,
            fps=fps,
            size=size,
            sampling_rate=sampling_rate,
            audio_seconds=audio_seconds,
            audio_alignment=audio_alignment,
            stride_jitter=stride_jitter,
            frame_jitter=frame_jitter,
        )
    )
