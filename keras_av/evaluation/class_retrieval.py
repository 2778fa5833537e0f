"""Retrieval of videos of the same class."""

from collections.abc import Mapping, Sequence

import numpy as np

from keras_av.metrics.retrieval import retrieval_metrics
from keras_av.ops.types import Array


def class_retrieval(
    gallery: Mapping[str, Array],
    queries: Mapping[str, Array],
    ks: Sequence[int] = (1, 5),
    num_ranked: int = 500,
) -> dict[str, float]:
    """Recall and mean average precision of retrieval by class.

    Each query, usually a test video, ranks the gallery, usually the training
    videos, by the cosine of their descriptors. `recall@k` is the fraction of
    queries with a video of their class among the first k results. For `map`,
    the precisions at the correct videos among the first `num_ranked` results
    are averaged for each query, then over the queries that have any.

    See `keras_av.metrics.retrieval_metrics` for the treatment of ties and the
    definition of chance. The scores are computed for a part of the queries at
    a time.

    References:
        - [Chen et al., 2021](https://arxiv.org/abs/2104.10955), for recall

    Args:
        gallery: Descriptors and classes as returned by `extract_features`:
            `features`, `(num_gallery, dim)`, and `label`, `(num_gallery,)`.
        queries: Descriptors and classes of the queries. Videos with a negative
            label are left out on both sides.
        ks: Numbers of results for which recall is computed. Defaults to
            `(1, 5)`.
        num_ranked: Number of results for the mean average precision. Defaults
            to 500.

    Returns:
        A dict with `recall@k`, `map` and `median_rank`, the rank of the first
        correct video, counted from 1; and each of them at chance, with the
        prefix `chance_`.

    Raises:
        ValueError: If one side has no labels, sizes do not match, no query has
            its class in the gallery, or `num_ranked` is not positive.

    Examples:

    >>> import numpy as np
    >>> from keras_av.evaluation import class_retrieval
    >>> train = {"features": np.eye(4), "label": np.array([0, 0, 1, 1])}
    >>> test = {"features": np.array([[3.0, 1, 2, 0]]), "label": np.array([0])}
    >>> found = class_retrieval(train, test, ks=(1,))
    >>> found["recall@1"], found["chance_recall@1"], round(found["map"], 3)
    (1.0, 0.5, 0.833)
    """
    sides = [
        _labelled(name, side)
        for name, side in (("queries", queries), ("gallery", gallery))
    ]
    (features, labels), (gallery_features, gallery_labels) = sides
    return retrieval_metrics(
        features, gallery_features, ks, labels, gallery_labels, num_ranked
    )


def _labelled(name: str, side: Mapping[str, Array]) -> tuple[Array, Array]:
    """Descriptors and classes of the videos that have a class."""
    if "features" not in side or "label" not in side:
        raise ValueError(
            f"Received {name} with the keys {sorted(side)}. Expected "
            "'features' and 'label', as returned by `extract_features` for "
            "batches with `label`."
        )
    features, labels = np.asarray(side["features"]), np.asarray(side["label"])
    if labels.shape != features.shape[:1]:
        raise ValueError(
            f"Received {name} with features of shape {features.shape} and "
            f"labels of shape {labels.shape}. Expected (num, dim) and one "
            "class per row."
        )
    known = labels >= 0
    if not known.any():
        raise ValueError(
            f"Received {name} without any label. Expected labels >= 0."
        )
    return features[known], labels[known]
