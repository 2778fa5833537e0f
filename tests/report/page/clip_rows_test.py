import numpy as np

from keras_av.report.page.clip_rows import clip_rows


def test_each_clip_has_what_its_batch_has():
    batches = [
        {"index": np.array([3, 1]), "label": [0, 1], "other": "nothing"},
        {"index": np.array([2]), "label": [5]},
    ]
    found = list(clip_rows(batches))
    assert [int(one["index"]) for one in found] == [3, 1, 2]
    assert [int(one["label"]) for one in found] == [0, 1, 5]
    assert all(set(one) == {"index", "label"} for one in found)
    assert list(clip_rows([{"other": [1]}])) == []
