"""Batches of a dataset, joined for inference."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from keras import ops

from keras_av.ops.types import Array

# Clips of a whole evaluation may not fit into memory.
_MAX_BYTES = 2**26


def joined_batches(
    batches: Iterable[Mapping[str, Any]], max_bytes: int = _MAX_BYTES
) -> Iterator[tuple[dict[str, Array], int]]:
    """Join consecutive batches, for `keras.Model.predict`.

    A call of `predict` takes up to 0.3 seconds before its first batch, longer
    than small networks take for a batch.

    Args:
        batches: Dicts of arrays.
        max_bytes: Size from which no further batch is joined. Defaults to
            64 MiB.

    Yields:
        A dict of joined arrays, and the size of the first of their batches:
        the `batch_size` for `predict`.

    Examples:

    >>> import numpy as np
    >>> from keras_av.ops.joined_batches import joined_batches
    >>> batches = [{"index": np.arange(3)}, {"index": np.arange(2)}]
    >>> [(b["index"].tolist(), size) for b, size in joined_batches(batches)]
    [([0, 1, 2, 0, 1], 3)]
    """
    held: list[dict[str, Array]] = []
    num_bytes = 0
    for batch in batches:
        arrays = {k: ops.convert_to_numpy(v) for k, v in batch.items()}
        if held and _shapes(arrays) != _shapes(held[0]):
            yield _join(held)
            held, num_bytes = [], 0
        held.append(arrays)
        num_bytes += sum(array.nbytes for array in arrays.values())
        if num_bytes >= max_bytes:
            yield _join(held)
            held, num_bytes = [], 0
    if held:
        yield _join(held)


def _shapes(batch: Mapping[str, Array]) -> dict[str, tuple[int, ...]]:
    return {name: array.shape[1:] for name, array in batch.items()}


def _join(held: list[dict[str, Array]]) -> tuple[dict[str, Array], int]:
    first = held[0]
    arrays = {name: np.concatenate([b[name] for b in held]) for name in first}
    return arrays, len(next(iter(first.values())))
