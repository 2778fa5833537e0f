"""Cosine retrieval metrics."""

from collections.abc import Sequence

import numpy as np

from keras_av.metrics.pair_ranks import LEVELS, pair_ranks
from keras_av.metrics.unit_rows import unit_rows
from keras_av.ops.types import Array

# Number of entries of the score matrix to compute at once.
_CHUNK = 2**22


def retrieval_metrics(
    queries: Array,
    gallery: Array,
    ks: Sequence[int] = (1, 5),
    labels: Array | None = None,
    gallery_labels: Array | None = None,
    num_ranked: int | None = None,
) -> dict[str, float]:
    """Recall, median rank and mean average precision of cosine retrieval.

    Each query ranks the gallery by cosine. The correct answer is the row with
    the same number or, with labels, every row of the same class; queries whose
    class is not in the gallery are left out. The rank of a query is that of
    its first correct answer. Ties count against the query, so an encoder that
    maps everything to one point retrieves nothing.

    Chance is the mean for a random order.

    Args:
        queries: Embeddings, `(num_queries, dim)`.
        gallery: Embeddings, `(num_gallery, dim)`; without labels, one per
            query in the same order.
        ks: Numbers of results for which recall is computed. Defaults to
            `(1, 5)`.
        labels: Classes of the queries, `(num_queries,)`, or None.
        gallery_labels: Classes of the gallery, `(num_gallery,)`, or None.
        num_ranked: Number of results for the mean average precision. Queries
            without a correct answer among them are left out of the mean, which
            is 0 if there are no others. Defaults to the whole gallery.

    Returns:
        A dict with `recall@k`, the fraction of queries with a correct answer
        among the first k results; `median_rank`, counted from 1; with labels
        `map`, the mean over queries of the mean precision at their correct
        answers; and each of them at chance, with the prefix `chance_`.

    Raises:
        ValueError: If sizes do not match, only one side has labels, no query
            has a correct answer, or `num_ranked` is not positive.

    Examples:

    >>> import numpy as np
    >>> from keras_av.metrics import retrieval_metrics
    >>> video = np.eye(4)
    >>> audio = video + 0.1
    >>> found = retrieval_metrics(video, audio, ks=(1,))
    >>> found["recall@1"], found["chance_recall@1"], found["median_rank"]
    (1.0, 0.25, 1.0)
    """
    queries, gallery = unit_rows(queries), unit_rows(gallery)
    classes, answers = _classes(queries, gallery, labels, gallery_labels)
    length = _list_length(num_ranked, len(gallery))
    known = np.isin(classes, answers)
    if not known.any():
        raise ValueError(
            "Received no query whose class is in the gallery. Expected labels "
            "and gallery_labels to share classes."
        )
    queries, classes = queries[known], classes[known]
    if labels is None:
        rank, precision = pair_ranks(queries, gallery), None
    else:
        rank, precision = _ranked(queries, gallery, classes, answers, length)
    names, frequencies = np.unique(answers, return_counts=True)
    counts = frequencies[np.searchsorted(names, classes)]
    chance = _chance_of_finding(counts, len(gallery))
    metrics: dict[str, float] = {}
    for k in ks:
        metrics[f"recall@{k}"] = float((rank <= k).mean())
        metrics[f"chance_recall@{k}"] = float(chance[min(k, len(chance)) - 1])
    metrics["median_rank"] = float(np.median(rank))
    metrics["chance_median_rank"] = float(1 + np.argmax(chance >= 0.5))
    if precision is not None:
        metrics["map"] = float(precision.mean()) if len(precision) else 0.0
        right = counts.mean() / len(gallery)
        metrics["chance_map"] = _chance_precision(
            right, float(chance[length - 1]), length
        )
    return metrics


def _classes(
    queries: Array,
    gallery: Array,
    labels: Array | None,
    gallery_labels: Array | None,
) -> tuple[Array, Array]:
    if queries.shape[1] != gallery.shape[1]:
        raise ValueError(
            f"Received queries of shape {queries.shape} and a gallery of shape "
            f"{gallery.shape}. Expected embeddings of the same size."
        )
    if labels is None and gallery_labels is None:
        classes = answers = np.arange(len(queries))
    elif labels is None or gallery_labels is None:
        raise ValueError(
            "Received labels for one side only. Expected both labels and "
            "gallery_labels, or neither."
        )
    else:
        classes, answers = np.asarray(labels), np.asarray(gallery_labels)
    if len(classes) != len(queries) or len(answers) != len(gallery):
        raise ValueError(
            f"Received {len(queries)} queries with {len(classes)} labels and a "
            f"gallery of {len(gallery)} with {len(answers)}. Expected one "
            "label per row or, without labels, one gallery row per query."
        )
    return classes, answers


def _ranked(
    queries: Array, gallery: Array, classes: Array, answers: Array, length: int
) -> tuple[Array, Array]:
    """Ranks of the first correct answers, and average precisions."""
    ranks, precisions = [], []
    step = max(1, _CHUNK // len(gallery))
    for start in range(0, len(queries), step):
        part = slice(start, start + step)
        relevant = classes[part, None] == answers
        levels = np.rint(queries[part] @ gallery.T * LEVELS).astype("int64")
        # Sorted as one number, quicker than by places: the highest cosines
        # first and, among ties, the wrong answers.
        ordered = np.sort(relevant - 2 * levels, axis=1)
        relevant = (ordered & 1).astype(bool)
        ranks.append(1 + relevant.argmax(axis=1))
        precisions.append(_average_precision(relevant[:, :length]))
    return np.concatenate(ranks), np.concatenate(precisions)


def _list_length(num_ranked: int | None, size: int) -> int:
    if num_ranked is None:
        return size
    if num_ranked < 1:
        raise ValueError(
            f"Received num_ranked={num_ranked}. Expected a positive number, "
            "or None for the whole gallery."
        )
    return min(num_ranked, size)


def _average_precision(relevant: Array) -> Array:
    """Average precision of the queries with a correct answer in the list."""
    relevant = relevant[relevant.any(axis=1)]
    places = np.arange(1, relevant.shape[1] + 1)
    precision = np.cumsum(relevant, axis=1) / places
    return (precision * relevant).sum(axis=1) / relevant.sum(axis=1)


def _chance_of_finding(counts: Array, size: int) -> Array:
    """Mean chance of a correct answer among the first 1, 2, ..., size."""
    drawn = np.arange(size)
    chance = np.zeros(size)
    for count, queries in zip(*np.unique(counts, return_counts=True)):
        still_wrong = np.maximum(size - count - drawn, 0) / (size - drawn)
        chance += queries * (1 - np.cumprod(still_wrong))
    return chance / len(counts)


def _chance_precision(right: float, found: float, length: int) -> float:
    """Mean average precision of a random order.

    Args:
        right: Mean share of correct answers in the gallery.
        found: Mean chance of a correct answer in the list.
        length: Length of the list.
    """
    # With h correct answers in random places of the list, each place before a
    # correct one is correct with probability (h - 1) / (length - 1). This is
    # linear in h, so only its mean over queries with any is needed.
    harmonic = (1 / np.arange(1, length + 1)).sum()
    others = (length * right / found - 1) / max(length - 1, 1)
    return float((harmonic + others * (length - harmonic)) / length)
