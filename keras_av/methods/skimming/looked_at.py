"""How many clips of videos are encoded."""

import numpy as np
from keras import ops

from keras_av.ops.types import Array, Tensor


def looked_at(
    mask: Tensor,
    stride: int,
    chosen: Tensor | None = None,
    steps: Tensor | None = None,
) -> tuple[Array, Array]:
    """Count the clips of videos that have to be encoded.

    Args:
        mask: Valid clips, `(videos, clips)`.
        stride: Distance between two clips of the index.
        chosen: The clips that are chosen in turn, `(videos, steps)`. Defaults
            to none: the index is all that is looked at, and listened to.
        steps: How many of them are looked at, `(videos,)`.

    Returns:
        The numbers of images and of sounds, `(videos,)` each.
    """
    # A copy, which may be written to.
    kept = np.array(ops.convert_to_numpy(mask), bool)
    kept[:, np.arange(kept.shape[1]) % stride > 0] = False
    if chosen is None:
        return kept.sum(axis=1), kept.sum(axis=1)
    index = ops.convert_to_numpy(chosen)
    count = ops.convert_to_numpy(steps)[:, None]
    rows, columns = np.nonzero(np.arange(index.shape[1]) < count)
    heard = np.zeros_like(kept)
    heard[rows, index[rows, columns]] = True
    return (kept | heard).sum(axis=1), heard.sum(axis=1)
