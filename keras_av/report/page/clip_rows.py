"""Clips of batches, one by one."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from keras_av.ops.types import Array

_SHOWN = ("index", "video", "audio", "label")


def clip_rows(
    batches: Iterable[Mapping[str, Any]],
) -> Iterator[dict[str, Array]]:
    """What a page shows of each clip.

    Args:
        batches: Batches with some of `index`, `video`, `audio` and `label`.

    Yields:
        A dict of those for each clip.

    Examples:

    >>> import numpy as np
    >>> from keras_av.report.page.clip_rows import clip_rows
    >>> batch = {"index": np.array([4, 7]), "label": np.array([0, 1])}
    >>> [int(clip["index"]) for clip in clip_rows([batch])]
    [4, 7]
    """
    for batch in batches:
        arrays = {k: np.asarray(batch[k]) for k in _SHOWN if k in batch}
        for row in range(min(map(len, arrays.values()), default=0)):
            yield {name: array[row] for name, array in arrays.items()}
