"""A linear classifier on frozen descriptors."""

from collections.abc import Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from keras_av.ops.types import Array

_NUM_SPLITS = 3


def linear_probe(
    train_features: Array,
    train_labels: Array,
    test_features: Array,
    test_labels: Array,
    C: float | Sequence[float] = 1.0,
    groups: Array | None = None,
) -> tuple[float, Pipeline]:
    """Accuracy of logistic regression on standardized descriptors.

    The scaler and the regression are fitted on the training set only. If
    several values of `C` are given, the best one is selected by 3-fold
    cross-validation on the training set that keeps groups together, since
    clips of one recording would reveal each other's class.

    Args:
        train_features: Descriptors, `(num_train, dim)`.
        train_labels: Classes of the training descriptors, `(num_train,)`.
        test_features: Descriptors, `(num_test, dim)`.
        test_labels: Classes of the test descriptors, `(num_test,)`.
        C: Inverse of the strength of the L2 penalty, or several values to
            select from. Defaults to 1.
        groups: Recording or source of each training sample, `(num_train,)`;
            required if several values of `C` are given.

    Returns:
        The fraction of correctly classified test samples, and the fitted
        `sklearn.pipeline.Pipeline`.

    Raises:
        ValueError: If several values of `C` but no groups are given, or all
            training samples are of one class.

    Examples:

    >>> import numpy as np
    >>> from keras_av.evaluation import linear_probe
    >>> x, y = np.array([[0.0], [0.1], [0.9], [1.0]]), np.array([0, 0, 1, 1])
    >>> accuracy, classifier = linear_probe(x, y, x, y)
    >>> accuracy
    1.0
    """
    classes = np.unique(train_labels)
    if len(classes) < 2:
        raise ValueError(
            f"Received training samples of the classes {classes.tolist()}. "
            "Expected at least two classes."
        )
    several = np.ndim(C) == 1
    pipeline = make_pipeline(
        StandardScaler(),
        LogisticRegression(C=1.0 if several else C, max_iter=2000),
    )
    if several:
        if groups is None:
            raise ValueError(
                f"Received C={C} without groups. Expected the recording of "
                "each training sample, `np.arange(num_train)` if all differ, "
                "or a single C."
            )
        search = GridSearchCV(
            pipeline,
            {"logisticregression__C": list(np.ravel(C))},
            cv=GroupKFold(_NUM_SPLITS),
        )
        search.fit(train_features, train_labels, groups=groups)
        pipeline = search.best_estimator_
    else:
        pipeline.fit(train_features, train_labels)
    return float(pipeline.score(test_features, test_labels)), pipeline
