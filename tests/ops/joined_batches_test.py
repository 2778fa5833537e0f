"""Batches joined for inference."""

import numpy as np
import pytest

from keras_av.ops.joined_batches import joined_batches


def batches(sizes, width=4):
    first = 0
    for size in sizes:
        index = np.arange(first, first + size)
        first += size
        yield {"audio": np.full((size, width), index[:, None]), "index": index}


@pytest.mark.parametrize("most", [1, 100, 200, 10**6])
def test_nothing_is_lost(most):
    joined = list(joined_batches(batches((4, 4, 4, 3)), most))
    index = np.concatenate([batch["index"] for batch, _ in joined])
    assert index.tolist() == list(range(15))
    for batch, size in joined:
        assert (batch["audio"] == batch["index"][:, None]).all()
        assert size == (3 if len(batch["index"]) == 3 else 4)
    # A batch of four has 160 bytes.
    assert len(joined) == {1: 4, 100: 4, 200: 2, 10**6: 1}[most]


def test_batches_of_other_shapes_stay_apart():
    mixed = [*batches((2, 2), 3), *batches((2,), 5)]
    shapes = [batch["audio"].shape for batch, _ in joined_batches(mixed)]
    assert shapes == [(4, 3), (2, 5)]


def test_of_nothing():
    assert list(joined_batches([])) == []
