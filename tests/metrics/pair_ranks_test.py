import numpy as np
import pytest

from keras_av.metrics import unit_rows
from keras_av.metrics.pair_ranks import pair_ranks


def oracle(queries, gallery):
    scores = np.rint(queries @ gallery.T * 1e9)
    right = np.diag(scores)[:, None]
    return (scores >= right).sum(axis=1)


# Answers differ by more, by less and by nothing that float32 can tell.
@pytest.mark.parametrize("spread", [1.0, 1e-3, 1e-5, 1e-8, 0.0])
@pytest.mark.parametrize("chunk", [1, 2000, 2**22])
def test_counts_answers_that_are_as_near(spread, chunk, monkeypatch):
    monkeypatch.setitem(pair_ranks.__globals__, "_CHUNK", chunk)
    rng = np.random.default_rng(0)
    one = rng.standard_normal(24)
    queries, gallery = (
        unit_rows(one + spread * rng.standard_normal((300, 24)))
        for _ in range(2)
    )
    gallery[7] = gallery[8]
    ranks = pair_ranks(queries, gallery)
    np.testing.assert_array_equal(ranks, oracle(queries, gallery))
    if spread == 0:
        assert (ranks == 300).all()


def test_a_zero_vector_has_the_last_rank():
    gallery = np.eye(3)
    queries = np.concatenate([np.eye(3)[:2], np.zeros((1, 3))])
    assert pair_ranks(queries, gallery).tolist() == [1, 1, 3]
