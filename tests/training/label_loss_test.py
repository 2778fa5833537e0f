"""Cross-entropy and accuracy with clips that have no label."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_av.training import label_cross_entropy, update_accuracy


def test_cross_entropy_is_its_definition():
    logits = np.random.default_rng(0).normal(size=(4, 3))
    label = np.array([2, 0, -1, 1], "int64")
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    found = ops.convert_to_numpy(
        label_cross_entropy(label, logits.astype("float32"))
    )
    kept = label >= 0
    expected = -np.log(p[np.arange(4), np.maximum(label, 0)])
    np.testing.assert_allclose(found[kept], expected[kept], rtol=1e-5)
    assert np.isfinite(found).all()


def test_accuracy_counts_by_weight():
    metric = keras.metrics.SparseCategoricalAccuracy()
    batch = {"label": np.array([0, 1, 2, -1])}
    logits = np.eye(4, 3)
    logits[1] = logits[0]
    update_accuracy(metric, batch, logits, np.array([1.0, 1.0, 2.0, 0.0]))
    assert float(metric.result()) == 0.75


@pytest.mark.backend
def test_a_label_beyond_the_classes_is_no_number():
    found = label_cross_entropy(np.array([2, 3, 400]), np.zeros((3, 3)))
    found = ops.convert_to_numpy(found)
    assert np.isfinite(found).tolist() == [True, False, False]
