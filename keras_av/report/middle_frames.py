"""Frames and sounds of clips, as pictures of them need."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from keras_av.ops.types import Array


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
    found: dict[int, tuple[Array, Array]] = {}
    for batch in clips:
        video, audio = np.asarray(batch["video"]), np.asarray(batch["audio"])
        frames = video[:, video.shape[1] // 2]
        found.update(
            zip(np.asarray(batch["index"]).tolist(), zip(frames, audio))
        )
    pairs = [found[one] for one in index.tolist()]
    return [frame for frame, _ in pairs], [sound for _, sound in pairs]
