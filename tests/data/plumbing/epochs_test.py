import pytest

from keras_av.data.plumbing.epochs import Epochs


def one(dataset):
    (element,) = dataset.as_numpy_iterator()
    return tuple(int(value) for value in element)


def test_each_iterator_is_the_next_epoch():
    epochs = Epochs()
    dataset = epochs.dataset()
    assert [one(dataset) for _ in range(3)] == [(0, 0, 0), (1, 1, 0), (2, 2, 0)]


def test_set_epoch():
    epochs = Epochs()
    dataset = epochs.dataset()
    epochs.set_epoch(7)
    assert one(dataset)[1] == 7 and one(dataset)[1] == 8
    epochs.set_epoch(7)
    assert one(dataset) == (2, 7, 0)
    with pytest.raises(ValueError, match="must not be negative"):
        epochs.set_epoch(-1)


def test_positions_of_batches():
    epochs = Epochs()
    passes = epochs.dataset()
    epochs.set_epoch(4, position=6)
    run, epoch, start = one(passes)
    assert (epoch, start) == (4, 6)
    for last in (7, 10):
        epochs.note(run, last)
    assert [epochs.position(4, n) for n in range(3)] == [6, 8, 11]
    # Another iterator begins, and this one's are no longer asked for.
    epochs.set_epoch(4)
    other, _, start = one(passes)
    epochs.note(run, 12)
    assert start == 0 and epochs.position(4, 0) == 0
    with pytest.raises(ValueError, match="have not given 1 batches of epoch 4"):
        epochs.position(4, 1)
    with pytest.raises(ValueError, match="must not be negative"):
        epochs.set_epoch(0, position=-1)


def test_old_passes_are_forgotten():
    epochs = Epochs()
    passes = epochs.dataset()
    for _ in range(20):
        one(passes)
    assert len(epochs._passes) < 10 and epochs.position(19, 0) == 0
    with pytest.raises(ValueError, match="epoch 0"):
        epochs.position(0, 0)
