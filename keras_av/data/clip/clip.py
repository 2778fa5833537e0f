"""A clip as it was read."""

import dataclasses

from keras_av.ops.types import Array

# Below this peak, 16-bit sound is only quantization noise.
SILENCE = 1e-4


@dataclasses.dataclass(frozen=True)
class Clip:
    """A decoded clip.

    Args:
        video: Frames, `(num_frames, height, width, 3)`, uint8; empty if the
            clip has no video.
        audio: Samples in [-1, 1], `(num_samples,)`, float32; zeros if there
            is no sound.
        has_audio: Whether there is sound.
        faults: Reasons of non-fatal `MediaError`s.

    Examples:

    >>> import numpy as np
    >>> from keras_av.data import Clip
    >>> clip = Clip(
    ...     video=np.zeros((16, 112, 112, 3), "uint8"),
    ...     audio=np.zeros(16000, "float32"),
    ...     has_audio=False,
    ...     faults=(),
    ... )
    >>> clip.video.shape
    (16, 112, 112, 3)
    """

    video: Array
    audio: Array
    has_audio: bool
    faults: tuple[str, ...]


def clip_faults(
    too_short: bool, corrupt: bool, without_sound: bool, has_track: bool
) -> tuple[str, ...]:
    """Reasons of what was met in a clip and is not fatal."""
    faults = ["too_short"] if too_short else []
    if corrupt:
        faults.append("corrupt")
    if without_sound:
        faults.append("silent" if has_track else "no_audio")
    return tuple(faults)
