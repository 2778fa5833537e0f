import itertools

import numpy as np
import pytest

from keras_av.metrics import alignment, effective_rank, geometry, uniformity


def embeddings(num, dim, seed=0):
    return np.random.default_rng(seed).standard_normal((num, dim))


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def test_alignment():
    x, y = embeddings(50, 6), embeddings(50, 6, seed=1)
    expected = np.mean([np.sum((a - b) ** 2) for a, b in zip(unit(x), unit(y))])
    assert alignment(x, y) == pytest.approx(expected)
    assert alignment(x, 5 * x) == pytest.approx(0)
    assert alignment(x, -x) == pytest.approx(4)
    with pytest.raises(ValueError, match="same shape"):
        alignment(x, y[:3])


@pytest.mark.parametrize("chunk", [1, 97, 2**22])
def test_uniformity(chunk, monkeypatch):
    monkeypatch.setattr(geometry, "_CHUNK", chunk)
    x = embeddings(30, 4)
    potentials = [
        np.exp(-2 * np.sum((a - b) ** 2))
        for a, b in itertools.combinations(unit(x), 2)
    ]
    assert uniformity(x) == pytest.approx(np.log(np.mean(potentials)))


def test_uniformity_of_a_point_and_of_many_dimensions():
    assert uniformity(np.ones((9, 4))) == pytest.approx(0, abs=1e-12)
    assert uniformity(np.eye(12)) == pytest.approx(-4)
    with pytest.raises(ValueError, match="at least two"):
        uniformity(np.ones((1, 4)))


def test_effective_rank():
    assert effective_rank(np.ones((9, 4))) == pytest.approx(1)
    assert effective_rank(np.eye(7)) == pytest.approx(7)
    # Singular values sqrt(3) and 1: shares of 0.634 and 0.366.
    shares = np.array([3**0.5, 1]) / (3**0.5 + 1)
    expected = np.exp(-np.sum(shares * np.log(shares)))
    x = np.array([[1, 0], [1, 0], [1, 0], [0, 1]])
    assert effective_rank(x) == pytest.approx(expected)
    flat = embeddings(200, 3) @ embeddings(3, 20, seed=1)
    assert effective_rank(flat) <= 3
    with pytest.raises(ValueError, match="collapsed"):
        effective_rank(np.zeros((3, 4)))
