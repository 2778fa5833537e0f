import numpy as np
import pytest

from keras_av.metrics import knn_accuracy


def clusters(num, seed, spread=1.5):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, num)
    return np.eye(3, 8)[y] * 3 + spread * rng.standard_normal((num, 8)), y + 5


def oracle(train_x, train_y, test_x, test_y, k, temperature):
    unit = train_x / np.linalg.norm(train_x, axis=1, keepdims=True)
    right = 0
    for x, y in zip(test_x, test_y):
        scores = unit @ x / np.linalg.norm(x)
        votes = {}
        for i in np.argsort(-scores)[:k]:
            weight = np.exp(scores[i] / temperature)
            votes[train_y[i]] = votes.get(train_y[i], 0) + weight
        right += max(votes, key=votes.get) == y
    return right / len(test_x)


@pytest.mark.parametrize("k", [1, 7, 20, 1000])
@pytest.mark.parametrize("temperature", [0.07, 1.0])
def test_matches_the_definition(k, temperature):
    train, test = clusters(60, 0), clusters(40, 1)
    got = knn_accuracy(*train, *test, k=k, temperature=temperature)
    assert got == oracle(*train, *test, k, temperature)
    assert 0.4 < got < 1


def test_low_temperatures_do_not_overflow():
    train, test = clusters(60, 0), clusters(40, 1)
    assert knn_accuracy(*train, *test, temperature=1e-3) == knn_accuracy(
        *train, *test, k=1
    )


def test_refuses_wrong_arguments():
    x, y = clusters(10, 0)
    with pytest.raises(ValueError, match="one class for each"):
        knn_accuracy(x, y[:5], x, y)
    with pytest.raises(ValueError, match="positive"):
        knn_accuracy(x, y, x, y, k=0)
