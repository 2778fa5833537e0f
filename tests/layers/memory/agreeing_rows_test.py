import numpy as np
import pytest

from keras_av.layers import agreeing_rows
from keras_av.layers.memory import agreeing_rows as module

COMBINED = {
    "consensus": np.minimum,
    "union": np.maximum,
    "video": lambda v, a: v,
    "audio": lambda v, a: a,
}


def rows(seed, shape=(37, 5)):
    return np.random.default_rng(seed).standard_normal(shape).astype("float32")


def oracle(video, audio, count, agreement, usable):
    """All cosines at once, in float64."""
    found = []
    for x in (video, audio):
        x = x / np.linalg.norm(x.astype("float64"), axis=1, keepdims=True)
        found.append(x @ x.T)
    scores = COMBINED[agreement](*found)
    np.fill_diagonal(scores, -np.inf)
    scores[:, ~usable] = -np.inf
    return np.sort(np.argsort(-scores, axis=1)[:, :count], axis=1)


@pytest.mark.backend
@pytest.mark.parametrize("agreement", COMBINED)
def test_golden(vectors, agreement):
    golden = vectors("avid_cma_sampling")
    found = agreeing_rows(
        golden["video_mem"], golden["audio_mem"], 4, agreement
    )
    assert found.dtype == "int32"
    np.testing.assert_array_equal(found, golden[f"pos_{agreement}"])


@pytest.mark.backend
@pytest.mark.parametrize("agreement", ["consensus", "union"])
@pytest.mark.parametrize("queries, columns", [(37, 37), (8, 5), (5, 64)])
def test_blocks_change_nothing(monkeypatch, queries, columns, agreement):
    monkeypatch.setattr(module, "_QUERIES", queries)
    monkeypatch.setattr(module, "_ROWS", columns)
    video, audio, usable = rows(0), 3 * rows(1), np.arange(37) % 4 != 1
    found = agreeing_rows(video, audio, 6, agreement, usable)
    expected = oracle(video, audio, 6, agreement, usable)
    np.testing.assert_array_equal(found, expected)


def test_too_few_rows():
    usable = np.arange(37) < 4
    agreeing_rows(rows(0), rows(1), 3, usable=usable)
    with pytest.raises(ValueError, match="Received 4 rows .* count=4"):
        agreeing_rows(rows(0), rows(1), 4, usable=usable)
