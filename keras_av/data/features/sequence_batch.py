"""Sequences of different lengths, as one batch."""

from collections.abc import Mapping, Sequence

import numpy as np

from keras_av.ops.types import Array


def batch_sequences(
    videos: Sequence[Mapping[str, Array]], min_length: int
) -> dict[str, Array]:
    """Pad the arrays of several videos to the longest one.

    A video shorter than `min_length` has its last row repeated up to that;
    beyond its own length and the repetition all are zero.

    Args:
        videos: Arrays `(length, ...)` of each video, under the same names.
        min_length: Rows that are valid in every video.

    Returns:
        Arrays `(videos, longest, ...)` under their names, and `mask`,
        `(videos, longest)` bool, which is true where a row is valid.
    """
    names = list(videos[0])
    lengths = [max(len(v[names[0]]), min_length) for v in videos]
    shape = (len(videos), max(lengths))
    batch = {
        name: np.zeros((*shape, *first.shape[1:]), first.dtype)
        for name, first in videos[0].items()
    }
    batch["mask"] = np.arange(shape[1]) < np.array(lengths)[:, None]
    for row, (video, length) in enumerate(zip(videos, lengths)):
        for name in names:
            array = video[name]
            batch[name][row, : len(array)] = array
            batch[name][row, len(array) : length] = array[-1]
    return batch
