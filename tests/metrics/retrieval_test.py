import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from keras_av.metrics import pair_ranks, retrieval, retrieval_metrics


def embeddings(num, dim=6, seed=0):
    return np.random.default_rng(seed).standard_normal((num, dim))


def cosine(x, y):
    x = x / np.linalg.norm(x, axis=1, keepdims=True)
    y = y / np.linalg.norm(y, axis=1, keepdims=True)
    return x @ y.T


@pytest.mark.parametrize("chunk", [1, 100, 2**22])
def test_matches_the_definition_for_pairs(chunk, monkeypatch):
    monkeypatch.setattr(pair_ranks, "_CHUNK", chunk)
    x = embeddings(40)
    y = x + 0.8 * embeddings(40, seed=1)
    scores = cosine(x, y)
    ranks = [1 + (row > row[i]).sum() for i, row in enumerate(scores)]
    got = retrieval_metrics(x, y, ks=(1, 3, 40))
    for k in (1, 3, 40):
        assert got[f"recall@{k}"] == np.mean(np.array(ranks) <= k)
        assert got[f"chance_recall@{k}"] == pytest.approx(k / 40)
    assert got["median_rank"] == np.median(ranks)
    assert got["chance_median_rank"] == 20
    assert "map" not in got


@pytest.mark.parametrize("chunk", [1, 100, 2**22])
def test_matches_scikit_learn_for_classes(chunk, monkeypatch):
    monkeypatch.setattr(retrieval, "_CHUNK", chunk)
    rng = np.random.default_rng(0)
    x, y = embeddings(30), embeddings(50, seed=1)
    a, b = rng.integers(0, 4, 30), rng.integers(0, 4, 50)
    got = retrieval_metrics(x, y, (1, 2), a, b)
    scores = cosine(x, y)
    precisions = [average_precision_score(b == i, s) for i, s in zip(a, scores)]
    assert got["map"] == pytest.approx(np.mean(precisions))
    order = np.argsort(-scores, axis=1)
    hits = b[order] == a[:, None]
    for k in (1, 2):
        assert got[f"recall@{k}"] == hits[:, :k].any(axis=1).mean()


def test_chance_is_the_mean_over_random_embeddings():
    rng = np.random.default_rng(0)
    a = np.array([0] * 10 + [1] * 5)
    b = np.array([0] * 3 + [1] * 9)
    runs = [
        retrieval_metrics(
            rng.standard_normal((15, 4)),
            rng.standard_normal((12, 4)),
            (1, 3),
            a,
            b,
        )
        for _ in range(600)
    ]
    for name in ("recall@1", "recall@3", "map"):
        mean = np.mean([run[name] for run in runs])
        assert runs[0][f"chance_{name}"] == pytest.approx(mean, abs=0.015)


def test_gallery_of_the_queries_themselves_is_perfect():
    x = embeddings(20)
    got = retrieval_metrics(x, 3 * x)
    assert got["recall@1"] == 1 and got["median_rank"] == 1
    recalls = retrieval_metrics(x, embeddings(20, seed=1), range(1, 21))
    values = [recalls[f"recall@{k}"] for k in range(1, 21)]
    assert values == sorted(values) and values[-1] == 1


def test_a_collapsed_encoder_finds_nothing():
    # Tenths are inexact, so that their cosines differ by rounding.
    one = np.full((50, 7), 0.1) * np.linspace(1, 9, 50)[:, None]
    got = retrieval_metrics(one, one)
    assert got["recall@5"] == 0 and got["median_rank"] == 50
    labels = np.arange(50) % 2
    got = retrieval_metrics(one, one, (1, 25), labels, labels)
    assert got["recall@25"] == 0
    assert got["map"] < got["chance_map"]


def test_queries_of_absent_classes_are_left_out():
    x = embeddings(6)
    got = retrieval_metrics(x, x[:3], (1,), [0, 1, 2, 7, 8, 9], [0, 1, 2])
    assert got["recall@1"] == 1
    with pytest.raises(ValueError, match="no query"):
        retrieval_metrics(x, x, (1,), [0] * 6, [1] * 6)


def test_refuses_sizes_that_do_not_fit():
    x = embeddings(6)
    with pytest.raises(ValueError, match="same size"):
        retrieval_metrics(x, x[:, :3])
    with pytest.raises(ValueError, match="one gallery row per query"):
        retrieval_metrics(x, x[:4])
    with pytest.raises(ValueError, match="one side only"):
        retrieval_metrics(x, x, labels=[0] * 6)
