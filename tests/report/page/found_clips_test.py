import base64
import gc
import weakref

import numpy as np
import pytest

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
    data = base64.b64decode(rows[0].query.source.movie.partition(",")[2])
    assert data[:4].hex() == "1a45dfa3"
    assert found.labels == [k % 2 for k in range(NUM)]


@pytest.mark.parametrize("num", [1, 2])
def test_few_clips_are_enough(num):
    pairs = {
        "video": np.eye(num, 4),
        "audio": np.eye(num, 4),
        "index": np.arange(num),
    }
    rows = FoundClips(pairs, batches(num), 8000).rows("audio")
    assert [len(row.results) for row in rows] == [num] * num


def test_neighbours_are_most_alike_in_one_modality():
    angles = np.linspace(0, 1, NUM)
    rows = np.zeros((NUM, NUM))
    rows[:, :2] = np.stack([np.cos(angles), np.sin(angles)], 1)
    named = ({**batch, "label": batch["index"]} for batch in batches())
    pairs = embeddings() | {"audio": rows}
    found = FoundClips(pairs, named, 8000, [f"{k}" for k in range(NUM)])
    (first, *_, last) = found.neighbours("audio")
    assert len(found.neighbours("video")) == 4
    # On a circle the next ones are nearest, and a clip is not its own.
    assert first.query.text == "0" and last.query.text == "8"
    assert [one.text for one in first.results] == ["1", "2", "3", "4"]
    assert [one.text for one in last.results] == ["7", "6", "5", "4"]
    assert not any(one.right for one in first.results)


def test_only_clips_that_are_shown_are_kept():
    """And none of their batches."""
    alive = []

    def watched():
        for batch in batches():
            video = np.array(batch["video"])
            alive.append(weakref.ref(video))
            yield {**batch, "video": video}

    found = FoundClips(embeddings(), watched(), 8000)
    gc.collect()
    assert [ref() for ref in alive] == [None, None]
    assert found.rows("audio")[0].query.source.movie
