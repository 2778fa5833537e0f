"""Search of the nearest rows by cosine."""

import numpy as np

from keras_av.metrics.unit_rows import unit_rows
from keras_av.ops.types import Array

# Queries and rows of the gallery to compare at once.
_QUERIES, _ROWS = 256, 2**14
# Rows of a group, of which first only the highest cosine is looked at.
_GROUP = 8
_ENGINES = ("numpy", "faiss")


def nearest_rows(
    queries: Array, gallery: Array, k: int, engine: str = "numpy"
) -> tuple[Array, Array]:
    """The rows of a gallery with the highest cosines for each query.

    Exact, by products of blocks in float32: memory grows with `num_queries * k`
    and not with the size of the gallery.

    Args:
        queries: Embeddings, `(num_queries, dim)`; scaled to unit length.
        gallery: Embeddings, `(num_gallery, dim)`; scaled to unit length.
        k: Number of rows for each query; all if there are fewer.
        engine: `"numpy"`, or `"faiss"` to search with the library of that name,
            which the extra `faiss` installs. Defaults to `"numpy"`.

    Returns:
        Numbers of the rows, int64, and their cosines, float32, each
        `(num_queries, k)`, the highest first.

    Raises:
        ImportError: If the engine is not installed.
        ValueError: If sizes do not match, `k` is not positive or there is no
            such engine.

    Examples:

    >>> import numpy as np
    >>> from keras_av.metrics import nearest_rows
    >>> rows, cosines = nearest_rows([[3.0, 1.0]], np.eye(2), k=2)
    >>> rows.tolist(), cosines.round(2).tolist()
    ([[0, 1]], [[0.949999988079071, 0.3199999928474426]])
    """
    queries, gallery = (
        unit_rows(x).astype("float32") for x in (queries, gallery)
    )
    if queries.shape[1] != gallery.shape[1]:
        raise ValueError(
            f"Received queries of shape {queries.shape} and a gallery of shape "
            f"{gallery.shape}. Expected embeddings of the same size."
        )
    if k < 1:
        raise ValueError(f"Received k={k}. Expected a positive number.")
    if engine not in _ENGINES:
        raise ValueError(
            f"Received engine={engine!r}. Expected one of {_ENGINES}."
        )
    k = min(k, len(gallery))
    if engine == "faiss":
        return _by_faiss(queries, gallery, k)
    rows = np.empty((len(queries), k), "int64")
    cosines = np.empty((len(queries), k), "float32")
    for start in range(0, len(queries), _QUERIES):
        part = slice(start, start + _QUERIES)
        rows[part], cosines[part] = _search(queries[part], gallery, k)
    return rows, cosines


def _search(queries: Array, gallery: Array, k: int) -> tuple[Array, Array]:
    """The nearest rows of a few queries."""
    rows = np.empty((len(queries), 0), "int64")
    cosines = np.empty((len(queries), 0), "float32")
    for start in range(0, len(gallery), _ROWS):
        scores = queries @ gallery[start : start + _ROWS].T
        found = _highest(scores, k)
        rows = np.concatenate([rows, found + start], axis=1)
        cosines = np.concatenate([cosines, _taken(scores, found)], axis=1)
        best = _highest(cosines, k)
        rows, cosines = _taken(rows, best), _taken(cosines, best)
    order = np.argsort(-cosines, axis=1, kind="stable")
    return _taken(rows, order), _taken(cosines, order)


def _highest(scores: Array, k: int) -> Array:
    """Columns of the k highest scores of each row, in any order."""
    size = scores.shape[1]
    if k >= size:
        return np.broadcast_to(np.arange(size), scores.shape)
    num_groups = size // _GROUP
    if num_groups <= k:
        return np.argpartition(scores, size - k, axis=1)[:, size - k :]
    # The k highest scores are in the k groups with the highest maxima, or in
    # what no group takes.
    grouped = scores[:, : num_groups * _GROUP].reshape(-1, _GROUP, num_groups)
    groups = _highest(grouped.max(axis=1), k)
    members = np.arange(_GROUP)[:, None] * num_groups + groups[:, None]
    rest = np.arange(num_groups * _GROUP, size)
    columns = np.concatenate(
        [
            members.reshape(len(scores), -1),
            np.broadcast_to(rest, (len(scores), len(rest))),
        ],
        axis=1,
    )
    found = _taken(scores, columns)
    best = np.argpartition(found, found.shape[1] - k, axis=1)
    return _taken(columns, best[:, found.shape[1] - k :])


def _taken(values: Array, columns: Array) -> Array:
    return np.take_along_axis(values, columns, axis=1)


def _by_faiss(queries: Array, gallery: Array, k: int) -> tuple[Array, Array]:
    try:
        import faiss
    except ImportError as error:
        raise ImportError(
            "engine='faiss' needs faiss, which is not installed. Install it "
            'with: pip install "keras_av[faiss]"'
        ) from error
    index = faiss.IndexFlatIP(gallery.shape[1])
    index.add(gallery)
    cosines, rows = index.search(queries, k)
    return rows, cosines
