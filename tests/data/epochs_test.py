import pytest

from keras_av.data.epochs import Epochs


def one(dataset):
    (element,) = dataset.as_numpy_iterator()
    return tuple(int(value) for value in element)


def test_each_iterator_is_the_next_epoch():
    epochs = Epochs()
    dataset = epochs.dataset()
    assert [one(dataset) for _ in range(3)] == [(0, 0), (1, 1), (2, 2)]


def test_set_epoch():
    epochs = Epochs()
    dataset = epochs.dataset()
    epochs.set_epoch(7)
    assert one(dataset)[1] == 7 and one(dataset)[1] == 8
    epochs.set_epoch(7)
    assert one(dataset) == (2, 7)
    with pytest.raises(ValueError, match="epoch must not be negative"):
        epochs.set_epoch(-1)
