import sys

import numpy as np
import pytest

from keras_av.metrics import nearest_rows


def embeddings(num, seed, dim=16):
    return np.random.default_rng(seed).standard_normal((num, dim))


def cosines_of(queries, gallery):
    unit = [
        x / np.linalg.norm(x, axis=1, keepdims=True) for x in (queries, gallery)
    ]
    return unit[0] @ unit[1].T


# Fewer rows than are looked at in groups, blocks of several sizes, and rows
# that no group takes.
@pytest.mark.parametrize("blocks", [(1, 7), (3, 100), (256, 2**14)])
@pytest.mark.parametrize("num", [1, 5, 203, 1000])
@pytest.mark.parametrize("k", [1, 4, 20])
def test_matches_a_sort_in_float64(num, k, blocks, monkeypatch):
    for name, value in zip(("_QUERIES", "_ROWS"), blocks):
        monkeypatch.setitem(nearest_rows.__globals__, name, value)
    queries, gallery = embeddings(10, 0), embeddings(num, 1)
    rows, cosines = nearest_rows(queries, gallery, k)
    scores = cosines_of(queries, gallery)
    order = np.argsort(-scores, axis=1)[:, :k]
    np.testing.assert_array_equal(rows, order)
    np.testing.assert_allclose(
        cosines, np.take_along_axis(scores, order, axis=1), atol=1e-6
    )
    assert rows.shape == (10, min(k, num)) and rows.dtype == "int64"


def test_equal_rows_are_told_once_each():
    rows, cosines = nearest_rows(np.ones((2, 4)), np.ones((300, 4)), 20)
    assert all(len(set(row)) == 20 for row in rows)
    np.testing.assert_allclose(cosines, 1, rtol=1e-6)


def test_faiss_finds_the_same():
    pytest.importorskip("faiss")
    queries, gallery = embeddings(10, 0), embeddings(1000, 1)
    expected = nearest_rows(queries, gallery, 5)
    got = nearest_rows(queries, gallery, 5, engine="faiss")
    np.testing.assert_array_equal(got[0], expected[0])
    np.testing.assert_allclose(got[1], expected[1], atol=1e-6)


def test_says_how_to_install_an_engine(monkeypatch):
    monkeypatch.setitem(sys.modules, "faiss", None)
    with pytest.raises(ImportError, match=r"keras_av\[faiss\]"):
        nearest_rows(np.eye(2), np.eye(2), 1, engine="faiss")


def test_refuses_wrong_arguments():
    with pytest.raises(ValueError, match="same size"):
        nearest_rows(np.eye(2), np.eye(3), 1)
    with pytest.raises(ValueError, match="k=0"):
        nearest_rows(np.eye(2), np.eye(2), 0)
    with pytest.raises(ValueError, match="engine='none'"):
        nearest_rows(np.eye(2), np.eye(2), 1, engine="none")
