import base64

import numpy as np
import pytest

from keras_av.report.page import found_clips
from keras_av.report.page.found_clips import FoundClips

NUM = 9


def batches(num=NUM):
    """In another order than the embeddings, as in several batches."""
    rng = np.random.default_rng(0)
    order = rng.permutation(num)
    for part in (order[: num // 2], order[num // 2 :]):
        yield {
            "video": rng.integers(0, 255, (len(part), 2, 16, 16, 3), "uint8"),
            "audio": 0.1 * rng.standard_normal((len(part), 4000)),
            "index": part,
            "label": part % 2,
        }


def embeddings(swapped=()):
    video = np.eye(NUM)
    audio = np.eye(NUM)
    audio[list(swapped)] = audio[list(swapped)[::-1]]
    return {"video": video, "audio": audio, "index": np.arange(NUM)}


def test_rows_are_queries_what_they_find_and_the_worst():
    found = FoundClips(embeddings(swapped=(1, 3)), batches(), 8000, ["a", "b"])
    rows = found.rows("audio")
    # Four over all of them, 0, 2, 5 and 8, and the worst, 1 and 3.
    texts = [row.query.text for row in rows]
    assert texts[:4] == [
        "a, rank 1 of 9",
        "a, rank 1 of 9",
        "b, rank 1 of 9",
        "a, rank 1 of 9",
    ]
    assert texts[4:] == ["b, rank 9 of 9"] * 2
    for row in rows[:4]:
        assert [one.right for one in row.results] == [True] + [False] * 3
    assert not any(one.right for row in rows[4:] for one in row.results[:1])
    data = base64.b64decode(rows[0].query.source.partition(",")[2])
    assert data[:4].hex() == "1a45dfa3"
    assert found.labels == [k % 2 for k in range(NUM)]


def test_a_page_has_room_for_so_many_bytes(monkeypatch):
    monkeypatch.setattr(found_clips, "_MAX_BYTES", 5000)
    rows = FoundClips(embeddings(), batches(), 8000).rows("video")
    shown = [one for row in rows for one in [row.query, *row.results]]
    sources = [one.source for one in shown]
    assert sources[0] and not sources[-1]
    assert sum(map(len, sources)) <= 5000


@pytest.mark.parametrize("num", [1, 2])
def test_few_clips_are_enough(num):
    pairs = {
        "video": np.eye(num, 4),
        "audio": np.eye(num, 4),
        "index": np.arange(num),
    }
    rows = FoundClips(pairs, batches(num), 8000).rows("audio")
    assert [len(row.results) for row in rows] == [num] * num
