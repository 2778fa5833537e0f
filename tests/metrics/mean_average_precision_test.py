import numpy as np
import pytest
from scipy.special import softmax

from keras_av.metrics import mean_average_precision


def oracle(positive, scores):
    """Average precision by its definition, for scores without ties."""
    right = positive[np.argsort(-scores)]
    precision = np.cumsum(right) / np.arange(1, len(right) + 1)
    return (precision * right).sum() / right.sum()


def test_golden(vectors):
    golden = vectors("map_softmax")
    labels, logits = golden["labels"], golden["logits"]
    got = mean_average_precision(labels, softmax(logits, axis=1))
    np.testing.assert_allclose(got, golden["mAP"], rtol=1e-9)
    raw = mean_average_precision(labels, logits)
    np.testing.assert_allclose(raw, golden["mAP_on_raw_logits"], rtol=1e-9)
    assert abs(raw - got) > 0.05


@pytest.mark.parametrize("several", [False, True])
def test_matches_the_definition(several):
    rng = np.random.default_rng(0)
    scores = rng.standard_normal((50, 6))
    labels = rng.integers(0, 6, 50)
    hot = np.eye(6)[labels]
    if several:
        labels = hot = (rng.random((50, 6)) < 0.3).astype(int)
    expected = np.mean([oracle(hot[:, c], scores[:, c]) for c in range(6)])
    got = mean_average_precision(labels, scores)
    np.testing.assert_allclose(got, expected, rtol=1e-12)


def test_classes_without_samples_are_left_out():
    scores = np.array([[0.9, 0.0, 0.5], [0.8, 0.0, 0.1], [0.1, 1.0, 0.2]])
    # Class 0 is ranked first and second, class 2 has no sample.
    assert mean_average_precision([0, 0, 1], scores) == 1.0


@pytest.mark.parametrize("several", [False, True])
def test_equal_scores_give_the_share_of_positives(several):
    labels = np.array([0, 0, 0, 1])
    labels = np.eye(2)[labels] if several else labels
    got = mean_average_precision(labels, np.zeros((4, 2)))
    np.testing.assert_allclose(got, (0.75 + 0.25) / 2)


@pytest.mark.parametrize(
    "labels, scores, message",
    [
        ([0, 1], np.zeros((3, 2)), "shape"),
        ([0, 2], np.zeros((2, 2)), "classes in"),
        ([0, -1], np.zeros((2, 2)), "without a label"),
        ([[2, 0]], np.zeros((1, 2)), "only 0 and 1"),
        ([[0, 0]], np.zeros((1, 2)), "any positive"),
        ([0, 1], np.full((2, 2), np.nan), "NaN"),
    ],
)
def test_wrong_arguments(labels, scores, message):
    with pytest.raises(ValueError, match=message):
        mean_average_precision(labels, scores)
