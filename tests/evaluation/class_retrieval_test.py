import numpy as np
import pytest

from keras_av.evaluation import class_retrieval
from keras_av.metrics import retrieval


def side(num, num_classes, seed, dim=5):
    rng = np.random.default_rng(seed)
    return {
        "features": rng.standard_normal((num, dim)).astype("float32"),
        "label": rng.integers(0, num_classes, num),
    }


def oracle(gallery, queries, k, num_ranked):
    """Query by query, as the definitions say it."""
    hits, precisions = [], []
    for x, y in zip(queries["features"].astype("float64"), queries["label"]):
        g = gallery["features"].astype("float64")
        cosines = g @ x / np.linalg.norm(g, axis=1) / np.linalg.norm(x)
        right = [gallery["label"][i] == y for i in np.argsort(-cosines)]
        hits.append(any(right[:k]))
        places = [i for i, r in enumerate(right[:num_ranked], 1) if r]
        if places:
            found = [n / place for n, place in enumerate(places, 1)]
            precisions.append(np.mean(found))
    return np.mean(hits), np.mean(precisions)


@pytest.mark.parametrize("chunk", [1, 300, 2**22])
@pytest.mark.parametrize("num_ranked", [1, 3, 20, 80, 500])
def test_matches_the_definition(num_ranked, chunk, monkeypatch):
    monkeypatch.setattr(retrieval, "_CHUNK", chunk)
    gallery, queries = side(80, 7, 0), side(30, 7, 1)
    got = class_retrieval(gallery, queries, (1, 4), num_ranked)
    for k in (1, 4):
        recall, precision = oracle(gallery, queries, k, num_ranked)
        assert got[f"recall@{k}"] == pytest.approx(recall)
        assert got["map"] == pytest.approx(precision)


@pytest.mark.parametrize("num_ranked", [1, 4, 12, 500])
def test_chance_is_the_mean_over_random_embeddings(num_ranked):
    rng = np.random.default_rng(0)
    queries = {"label": np.array([0] * 10 + [1] * 5)}
    gallery = {"label": np.array([0] * 3 + [1] * 9)}
    runs = []
    for _ in range(600):
        queries["features"] = rng.standard_normal((15, 4))
        gallery["features"] = rng.standard_normal((12, 4))
        runs.append(class_retrieval(gallery, queries, (1, 3), num_ranked))
    for name in ("recall@1", "recall@3", "map"):
        mean = np.mean([run[name] for run in runs])
        assert runs[0][f"chance_{name}"] == pytest.approx(mean, abs=0.02)


def test_videos_find_themselves():
    videos = side(40, 5, 0)
    got = class_retrieval(videos, videos, range(1, 41))
    assert got["recall@1"] == 1 and got["median_rank"] == 1
    other = class_retrieval(videos, side(40, 5, 1), range(1, 41))
    recalls = [other[f"recall@{k}"] for k in range(1, 41)]
    assert recalls == sorted(recalls) and recalls[-1] == 1


def test_queries_without_a_hit_count_for_recall_alone():
    gallery = {"features": np.eye(4)[:3], "label": np.array([0, 1, 1])}
    queries = {"features": np.eye(4)[[0, 1]] + 0.1, "label": np.array([0, 0])}
    got = class_retrieval(gallery, queries, (1,), num_ranked=1)
    assert got["recall@1"] == 0.5 and got["map"] == 1.0
    collapsed = {**queries, "features": np.ones((2, 4))}
    got = class_retrieval(gallery, collapsed, (1,), num_ranked=1)
    assert got["recall@1"] == 0 and got["map"] == 0


def test_scale_and_order_of_the_videos_change_nothing():
    gallery, queries = side(50, 4, 0), side(20, 4, 1)
    expected = class_retrieval(gallery, queries)
    order = np.random.default_rng(0).permutation(50)
    other = {name: column[order] for name, column in gallery.items()}
    other["features"] = other["features"] * np.linspace(1, 9, 50)[:, None]
    assert class_retrieval(other, queries) == pytest.approx(expected)


def test_videos_without_a_label_are_left_out():
    gallery, queries = side(50, 4, 0), side(20, 4, 1)
    expected = class_retrieval(gallery, queries)
    for videos in (gallery, queries):
        unknown = side(9, 4, 2)["features"]
        videos["features"] = np.concatenate([videos["features"], unknown])
        videos["label"] = np.concatenate([videos["label"], np.full(9, -1)])
    assert class_retrieval(gallery, queries) == expected


@pytest.mark.parametrize(
    "change, message",
    [
        ({"label": None}, "'features' and 'label'"),
        ({"label": np.zeros(3, int)}, "one class per row"),
        ({"label": np.full(20, -1)}, "without any label"),
        ({"label": np.full(20, 9)}, "no query"),
        ({"features": np.ones((20, 3))}, "same size"),
    ],
)
def test_says_what_is_wrong(change, message):
    queries = {**side(20, 4, 1), **change}
    queries = {name: c for name, c in queries.items() if c is not None}
    with pytest.raises(ValueError, match=message):
        class_retrieval(side(50, 4, 0), queries)
    with pytest.raises(ValueError, match="num_ranked=0"):
        class_retrieval(side(50, 4, 0), side(20, 4, 1), num_ranked=0)


@pytest.mark.slow_on_tensorflow
def test_real_features(shared):
    """Sounds of UCF101, official split 1: above chance by far."""
    path = shared("data/ucf51_audio_features.npz")
    with np.load(path, allow_pickle=False) as file:
        test = file["test_split1"].astype(bool)
        columns = {"features": file["features"], "label": file["labels"]}
    gallery = {name: column[~test] for name, column in columns.items()}
    queries = {name: column[test] for name, column in columns.items()}
    got = class_retrieval(gallery, queries)
    assert got["recall@1"] > 15 * got["chance_recall@1"]
    assert got["map"] > 6 * got["chance_map"]
    some = {name: column[::40] for name, column in queries.items()}
    recall, precision = oracle(gallery, some, 5, 500)
    got = class_retrieval(gallery, some)
    assert got["recall@5"] == pytest.approx(recall)
    assert got["map"] == pytest.approx(precision)
