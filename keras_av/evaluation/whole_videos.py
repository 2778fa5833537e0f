"""The clips of one video after another."""

from collections.abc import Iterable, Iterator

import numpy as np

from keras_av.ops.types import Array

Columns = dict[str, Array]


def whole_videos(
    batches: Iterable[tuple[Array, Columns]],
) -> Iterator[tuple[int, Columns]]:
    """Join the batches of a video as soon as the next one begins.

    Args:
        batches: Rows of the videos, `(clips,)`, and arrays of their clips by
            name. The clips of a video are consecutive.

    Yields:
        The row of each video, and arrays of all its clips.
    """
    held: list[Columns] = []
    current: int | None = None
    for rows, columns in batches:
        borders = np.flatnonzero(np.diff(rows)) + 1
        for part in np.split(np.arange(len(rows)), borders):
            index = int(rows[part[0]])
            if current is not None and index != current:
                yield current, _joined(held)
                held = []
            held.append({key: value[part] for key, value in columns.items()})
            current = index
    if current is not None:
        yield current, _joined(held)


def _joined(parts: list[Columns]) -> Columns:
    return {
        key: np.concatenate([part[key] for part in parts]) for key in parts[0]
    }
