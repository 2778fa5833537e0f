"""Classification by nearest neighbours."""

import numpy as np

from keras_av.metrics.nearest_rows import nearest_rows
from keras_av.ops.types import Array


def knn_accuracy(
    train_x: Array,
    train_y: Array,
    test_x: Array,
    test_y: Array,
    k: int = 20,
    temperature: float = 0.07,
    engine: str = "numpy",
) -> float:
    """Accuracy of a weighted vote of the k nearest training samples.

    The neighbours have the highest cosines `s`; each votes for its class with
    the weight `exp(s / temperature)`. Nothing is trained: the embeddings are
    evaluated as they are.

    References:
        - [Wu et al., 2018](https://arxiv.org/abs/1805.01978), section 3.4

    Args:
        train_x: Embeddings of known class, `(num_train, dim)`.
        train_y: Classes of the training samples, `(num_train,)`.
        test_x: Embeddings to classify, `(num_test, dim)`.
        test_y: True classes of the test samples, `(num_test,)`.
        k: Number of neighbours; all training samples if there are fewer.
            Defaults to 20.
        temperature: Positive temperature of the votes. Lower values give the
            nearest neighbours more weight. Defaults to 0.07.
        engine: `"numpy"` or `"faiss"`; see `nearest_rows`. Defaults to
            `"numpy"`.

    Returns:
        The fraction of correctly classified test samples, in [0, 1].

    Raises:
        ImportError: If the engine is not installed.
        ValueError: If sizes do not match, or `k` or `temperature` is not
            positive.

    Examples:

    >>> import numpy as np
    >>> from keras_av.metrics import knn_accuracy
    >>> x = np.array([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0]])
    >>> knn_accuracy(x, [0, 0, 1], [[1.0, 0.2], [0.1, 1.0]], [0, 1], k=1)
    1.0
    """
    train_y, test_y = np.asarray(train_y), np.asarray(test_y)
    if len(train_x) != len(train_y) or len(test_x) != len(test_y):
        raise ValueError(
            f"Received {len(train_x)} training samples with {len(train_y)} "
            f"classes and {len(test_x)} test samples with {len(test_y)}. "
            "Expected one class for each sample."
        )
    if k < 1 or temperature <= 0:
        raise ValueError(
            f"Received k={k} and temperature={temperature}. Expected positive "
            "numbers."
        )
    classes, members = np.unique(train_y, return_inverse=True)
    nearest, cosines = nearest_rows(test_x, train_x, k, engine)
    # Relative to a cosine of 1, since exp(1 / temperature) may overflow.
    weights = np.exp((cosines.astype("float64") - 1) / temperature)
    votes = np.zeros((len(test_y), len(classes)))
    rows = np.arange(len(test_y))[:, None]
    np.add.at(votes, (rows, members[nearest]), weights)
    winners = classes[votes.argmax(axis=1)]
    return float((winners == test_y).mean())
