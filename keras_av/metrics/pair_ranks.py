"""Ranks of the counterparts of embeddings, by counting."""

import numpy as np

from keras_av.ops.types import Array

# Number of entries of the score matrix to compute at once.
_CHUNK = 2**22
# Cosines are rounded to multiples of its inverse, so that rounding errors do
# not break ties.
LEVELS = 1e9


def pair_ranks(queries: Array, gallery: Array) -> Array:
    """The rank of row i of the gallery for query i, from 1; ties count.

    The rank is a count of the answers that are as near. Products in float32
    tell most of them from the counterpart; those that rounding could have moved
    are computed again in float64.

    Args:
        queries: Unit vectors, float64, `(num, dim)`.
        gallery: Unit vectors of their counterparts, float64, `(num, dim)`.

    Returns:
        The ranks, int64, `(num,)`.
    """
    # Largest error of a product in float32, of both rows and of the sum.
    margin = np.float32((queries.shape[1] + 4) * 2.0**-24)
    coarse = gallery.astype("float32")
    ranks = np.empty(len(queries), "int64")
    step = max(1, _CHUNK // len(gallery))
    for start in range(0, len(queries), step):
        part = np.arange(start, min(start + step, len(queries)))
        scores = queries[part].astype("float32") @ coarse.T
        right = scores[np.arange(len(part)), part][:, None]
        possible = np.count_nonzero(scores >= right - margin, axis=1)
        ranks[part] = 1 + np.count_nonzero(scores > right + margin, axis=1)
        unsure = np.flatnonzero(possible > ranks[part])
        near = np.abs(scores[unsure] - right[unsure]) <= margin
        ranks[part[unsure]] += _as_near(queries, gallery, part[unsure], near)
    return ranks


def _as_near(
    queries: Array, gallery: Array, numbers: Array, near: Array
) -> Array:
    """How many others of those that seem near are as near, in float64.

    Args:
        queries: Unit vectors.
        gallery: Unit vectors of their counterparts.
        numbers: Numbers of the queries, `(num_unsure,)`.
        near: Whether an answer seems near, `(num_unsure, num)`.
    """
    near[np.arange(len(numbers)), numbers] = False
    cosines = np.einsum("nd,nd->n", queries[numbers], gallery[numbers])
    right = np.rint(cosines * LEVELS)
    if np.count_nonzero(near) * queries.shape[1] <= _CHUNK:
        rows, columns = np.nonzero(near)
        pairs = queries[numbers[rows]], gallery[columns]
        levels = np.rint(np.einsum("nd,nd->n", *pairs) * LEVELS)
        found = rows[levels >= right[rows]]
        return np.bincount(found, minlength=len(numbers))
    levels = np.rint(queries[numbers] @ gallery.T * LEVELS)
    return np.count_nonzero(near & (levels >= right[:, None]), axis=1)
