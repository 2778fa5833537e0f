"""What clips are, as a rule."""

import dataclasses
from typing import Literal

from keras_av.data import ClipSpec
from keras_av.workspace import Provider, rule


@dataclasses.dataclass(frozen=True)
class Clips(Provider):
    """What clips are.

    Args:
        spec: The `ClipSpec`.

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
    """Say what clips are; see `keras_av.data.ClipSpec`.

    Args:
        num_frames: Frames of a clip; 0 for sound alone. Defaults to 16.
        frame_stride: Every so many frames one is taken. Defaults to 2.
        fps: Frames a second that `frame_stride` counts, or `None` (default)
            for those of the file.
        size: Height and width in pixels. Defaults to 112.
        sampling_rate: Of the sound, in Hz. Defaults to 16000.
        audio_seconds: Length of the sound; 0 for pictures alone. Defaults to
            1.
        audio_alignment: Where the sound lies beside the frames. Defaults to
            `"center"`.
        stride_jitter: Training varies `frame_stride` by so many. Defaults to
            0.
        frame_jitter: Training varies each frame's place by so many. Defaults
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
