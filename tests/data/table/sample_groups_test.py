import numpy as np
import pytest

from keras_av.data.table.sample_groups import most_frequent, sample_groups


def test_the_most_frequent_label_of_each_group():
    numbers = np.array([0, 0, 0, 1, 1, 2, 2])
    labels = np.array([3, 3, -1, 5, 3, -1, -1])
    assert most_frequent(numbers, labels).tolist() == [3, 3, -1]


@pytest.mark.parametrize("fraction", [0.01, 0.3, 0.99])
def test_no_class_is_taken_whole_or_left_out(fraction):
    labels = np.repeat([0, 1, 7], [2, 20, 5])
    sizes = np.arange(1, 28)
    for seed in range(10):
        chosen = sample_groups(sizes, labels, fraction, seed)
        for label in (0, 1, 7):
            part = chosen[labels == label]
            assert part.any() and not part.all()


def test_every_group_is_as_likely():
    counts = sum(
        sample_groups(np.ones(8), np.zeros(8), 0.25, seed).astype(int)
        for seed in range(400)
    )
    assert counts.sum() == 800
    # Three deviations of a binomial with p = 1/4.
    assert abs(counts - 100).max() < 3 * np.sqrt(400 * 0.25 * 0.75)
