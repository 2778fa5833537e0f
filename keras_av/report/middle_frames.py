"""Frames and sounds of clips, as pictures of them need."""

from collections.abc import Iterable, Mapping
from typing import Any

from keras_av.ops.types import Array
from keras_av.report.page.clip_rows import clip_rows


def middle_frames(
    clips: Iterable[Mapping[str, Any]], index: Array
) -> tuple[list[Array], list[Array]]:
    """Middle frames and sounds of the clips of an index, in its order.

    Args:
        clips: Batches with `video`, `audio` and `index`.
        index: Integers, `(num_clips,)`, of clips among them.

    Returns:
        A list of frames, `(height, width, 3)`, and one of sounds,
        `(samples,)`.

    Examples:

    >>> import numpy as np
    >>> from keras_av.report.middle_frames import middle_frames
    >>> batch = {"video": np.zeros((2, 4, 8, 8, 3)), "index": np.arange(2),
    ...          "audio": np.array([[0.0] * 5, [1.0] * 5])}
    >>> frames, sounds = middle_frames([batch], np.array([1]))
    >>> frames[0].shape, float(sounds[0].mean())
    ((8, 8, 3), 1.0)
    """
    found = {
        int(clip["index"]): (_middle(clip["video"]), clip["audio"])
        for clip in clip_rows(clips)
    }
    pairs = [found[one] for one in index.tolist()]
    return [frame for frame, _ in pairs], [sound for _, sound in pairs]


def _middle(frames: Array) -> Array:
    # A view would keep all frames of its batch.
    return frames[len(frames) // 2].copy()
