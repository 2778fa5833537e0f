"""How well queries of one kind find their counterparts of another."""

from collections.abc import Iterator, Sequence

import numpy as np

from keras_av.metrics.unit_rows import unit_rows
from keras_av.ops.types import Array

# Entries of the score matrix that are held at once.
_CHUNK = 2**22
# Cosines are compared in steps of its inverse: rounding breaks no tie.
_LEVELS = 1e9


def retrieval_metrics(
    queries: Array,
    gallery: Array,
    ks: Sequence[int] = (1, 5),
    labels: Array | None = None,
    gallery_labels: Array | None = None,
    num_ranked: int | None = None,
) -> dict[str, float]:
    """Recall, median rank and mean average precision of cosine retrieval.

    Every query ranks the gallery by cosine. Right answers are the row of the
    same number, or, with labels, all rows of the same class; queries whose
    class the gallery lacks are left out. The rank of a query is that of its
    first right answer. Ties count against the query, so that an encoder that
    maps everything to one point finds nothing.

    Chance is what a random order gives on average.

    Args:
        queries: Embeddings, `(num_queries, dim)`.
        gallery: Embeddings, `(num_gallery, dim)`; without labels one for each
            query, in the same order.
        ks: Lengths of the lists that recall is given for. Defaults to 1, 5.
        labels: Classes of the queries, `(num_queries,)`, or None.
        gallery_labels: Classes of the gallery, `(num_gallery,)`, or None.
        num_ranked: Length of the list that the mean average precision looks
            at; queries without a right answer in it are left out of the mean,
            and it is 0 if none has one. Defaults to the whole gallery.

    Returns:
        `recall@k`, the share of queries with a right answer among the first
        k; `median_rank`, counted from 1; with labels `map`, the mean over
        queries of the mean precision at the right answers in their lists; and
        each of them at chance, with the prefix `chance_`.

    Raises:
        ValueError: Sizes do not fit, only one side has labels, no query has
            a right answer, or `num_ranked` is not positive.

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
    ranks, precisions = [], []
    for relevant in _relevance(queries, gallery, classes, answers):
        ranks.append(1 + relevant.argmax(axis=1))
        precisions.append(_average_precision(relevant[:, :length]))
    rank = np.concatenate(ranks)
    names, frequencies = np.unique(answers, return_counts=True)
    counts = frequencies[np.searchsorted(names, classes)]
    chance = _chance_of_finding(counts, len(gallery))
    metrics: dict[str, float] = {}
    for k in ks:
        metrics[f"recall@{k}"] = float((rank <= k).mean())
        metrics[f"chance_recall@{k}"] = float(chance[min(k, len(chance)) - 1])
    metrics["median_rank"] = float(np.median(rank))
    metrics["chance_median_rank"] = float(1 + np.argmax(chance >= 0.5))
    if labels is not None:
        precision = np.concatenate(precisions)
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
            "label for each, or, without labels, one row for each query."
        )
    return classes, answers


def _relevance(
    queries: Array, gallery: Array, classes: Array, answers: Array
) -> Iterator[Array]:
    """Whether each ranked answer is right, for some queries at a time."""
    step = max(1, _CHUNK // len(gallery))
    for start in range(0, len(queries), step):
        part = slice(start, start + step)
        relevant = classes[part, None] == answers
        levels = np.rint(queries[part] @ gallery.T * _LEVELS)
        # Among equals the wrong answers come first.
        order = np.argsort(relevant - 2 * levels, axis=1)
        yield np.take_along_axis(relevant, order, axis=1)


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
    """Of the queries with a right answer in their lists."""
    relevant = relevant[relevant.any(axis=1)]
    places = np.arange(1, relevant.shape[1] + 1)
    precision = np.cumsum(relevant, axis=1) / places
    return (precision * relevant).sum(axis=1) / relevant.sum(axis=1)


def _chance_of_finding(counts: Array, size: int) -> Array:
    """Mean chance of a right answer among the first 1, 2, ..., size."""
    drawn = np.arange(size)
    chance = np.zeros(size)
    for count, queries in zip(*np.unique(counts, return_counts=True)):
        still_wrong = np.maximum(size - count - drawn, 0) / (size - drawn)
        chance += queries * (1 - np.cumprod(still_wrong))
    return chance / len(counts)


def _chance_precision(right: float, found: float, length: int) -> float:
    """Mean average precision of a random order.

    Args:
        right: Mean share of right answers in the gallery.
        found: Mean chance of one in the list.
        length: Length of the list.
    """
    # With h right answers in random places of the list, each place before a
    # right one is right by (h - 1) / (length - 1). This is linear in h, so
    # that its mean over queries with any is all that matters.
    harmonic = (1 / np.arange(1, length + 1)).sum()
    others = (length * right / found - 1) / max(length - 1, 1)
    return float((harmonic + others * (length - harmonic)) / length)
