"""Rows that are alike in two modalities, searched in blocks."""

import functools
from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
from keras import ops

from keras_av.ops.types import Array, Tensor

Agreement = Literal["consensus", "union", "video", "audio"]
AGREEMENTS = get_args(Agreement)
# Queries and rows that are compared at once: 64 MiB of cosines.
_QUERIES, _ROWS = 2**10, 2**14


def agreeing_rows(
    video: Tensor,
    audio: Tensor,
    count: int,
    agreement: Agreement = "consensus",
    usable: Tensor | None = None,
) -> Array:
    """For each row the others that agree with it most.

    With `v`, `a` the rows scaled to unit length, two rows agree by
    `min(v_i . v_j, a_i . a_j)`, the consensus of both modalities, by the
    maximum of the two, their union, or by one of them. The products are
    computed in blocks, so memory grows with the number of rows and not with
    its square.

    References:
        - [Morgado et al., 2021](https://arxiv.org/abs/2004.12943)

    Args:
        video: Rows, `(num_rows, dim)`.
        audio: Rows of the same clips, `(num_rows, dim)`.
        count: Number of rows to find for each.
        agreement: `"consensus"`, `"union"`, `"video"` or `"audio"`. Defaults
            to `"consensus"`.
        usable: Booleans, `(num_rows,)`, False for rows that are not to be
            found. Defaults to all.

    Returns:
        int32 row numbers, `(num_rows, count)`, in ascending order.

    Raises:
        ValueError: If there are too few rows, or no such agreement.

    Examples:

    >>> import numpy as np
    >>> from keras_av.layers import agreeing_rows
    >>> rows = np.array([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0], [0.1, 0.9]])
    >>> agreeing_rows(rows, rows, count=1).tolist()
    [[1], [0], [3], [2]]
    """
    check_agreement(agreement)
    one = {"video": [video], "audio": [audio]}
    sides = [_unit(rows) for rows in one.get(agreement, [video, audio])]
    num_rows = int(video.shape[0])
    mask = np.ones(num_rows, bool)
    if usable is not None:
        mask = ops.convert_to_numpy(usable).astype(bool)
    if np.sum(mask) <= count:
        raise ValueError(
            f"Received {int(np.sum(mask))} rows that can be found. Expected "
            f"more than count={count}: ask for fewer, or wait until more clips "
            "have been seen."
        )
    found = [
        _search(sides, start, mask, count, agreement == "consensus")
        for start in range(0, num_rows, _QUERIES)
    ]
    return np.sort(np.concatenate(found), axis=1).astype("int32")


def check_agreement(agreement: str) -> None:
    """Refuse what is no agreement.

    Args:
        agreement: Name of the agreement.

    Raises:
        ValueError: If there is none of that name.
    """
    if agreement not in AGREEMENTS:
        raise ValueError(
            f"agreement must be one of {AGREEMENTS}. Received: {agreement!r}"
        )


def _unit(rows: Tensor) -> Tensor:
    return ops.normalize(ops.cast(rows, "float32"), axis=-1)


def _search(
    sides: Sequence[Tensor],
    start: int,
    usable: Array,
    count: int,
    lowest: bool,
) -> Array:
    """The rows of a block of queries, the best first."""
    combined = ops.minimum if lowest else ops.maximum
    queries = slice(start, start + _QUERIES)
    own = np.arange(len(usable), dtype="int32")[queries, None]
    best = ops.full((len(own), count), -float("inf"), "float32")
    rows = ops.zeros((len(own), count), "int32")
    for first in range(0, len(usable), _ROWS):
        block = slice(first, first + _ROWS)
        numbers = np.arange(len(usable), dtype="int32")[None, block]
        cosines = [
            ops.matmul(side[queries], ops.transpose(side[block]))
            for side in sides
        ]
        scores = functools.reduce(combined, cosines)
        allowed = usable[None, block] & (numbers != own)
        scores = ops.where(allowed, scores, -float("inf"))
        numbers = np.broadcast_to(numbers, allowed.shape)
        candidates = ops.concatenate(
            [rows, ops.convert_to_tensor(numbers)], axis=1
        )
        best, places = ops.top_k(ops.concatenate([best, scores], axis=1), count)
        rows = ops.take_along_axis(candidates, places, axis=1)
    found: Array = ops.convert_to_numpy(rows)
    return found
