import numpy as np

from keras_av.methods.skimming.looked_at import looked_at

MASK = np.arange(9) < np.array([9, 4])[:, None]


def counts(*arguments):
    return [one.tolist() for one in looked_at(MASK, *arguments)]


def test_an_index_is_seen_and_heard():
    assert counts(1) == [[9, 4], [9, 4]]
    assert counts(4) == [[3, 1], [3, 1]]


def test_what_is_chosen_is_seen_and_heard_once():
    chosen = np.array([[0, 3, 3, 8], [1, 2, 0, 0]])
    steps = np.array([3, 2])
    # Seen: 0, 4, 8 and 3; 0, and 1 and 2. Heard: 0 and 3; 1 and 2.
    assert counts(4, chosen, steps) == [[4, 3], [2, 2]]
    assert counts(4, chosen, np.array([0, 4])) == [[3, 3], [0, 3]]
    assert MASK.sum() == 13
