"""Random choice of groups of files, class by class."""

import numpy as np

from keras_av.ops.types import Array


def most_frequent(numbers: Array, labels: Array) -> Array:
    """The most frequent label of each group, the least one of several.

    Args:
        numbers: Group of each file, from 0, `(files,)`.
        labels: Label of each file, `(files,)`.

    Returns:
        Labels of the groups, `(groups,)`.
    """
    there, columns = np.unique(labels, return_inverse=True)
    counts = np.zeros((numbers.max() + 1, len(there)), int)
    np.add.at(counts, (numbers, columns), 1)
    return there[counts.argmax(axis=1)]


def sample_groups(
    sizes: Array, labels: Array, fraction: float, seed: int
) -> Array:
    """Choose groups that hold about `fraction` of the files of each class.

    Of a class with several groups at least one is chosen, and one is not.

    Args:
        sizes: Number of files of each group, `(groups,)`.
        labels: Class of each group, `(groups,)`.
        fraction: Share of the files, between 0 and 1.
        seed: Integer seed of the choice.

    Returns:
        Whether each group is chosen, `(groups,)`.
    """
    generator = np.random.default_rng(seed)
    chosen = np.zeros(len(sizes), bool)
    for label in np.unique(labels):
        order = generator.permutation(np.flatnonzero(labels == label))
        # Groups are taken while that brings the share nearer to `fraction`.
        middles = np.cumsum(sizes[order]) - sizes[order] / 2
        count = int((middles < fraction * sizes[order].sum()).sum())
        least, most = min(1, len(order) - 1), max(1, len(order) - 1)
        chosen[order[: np.clip(count, least, most)]] = True
    return chosen
