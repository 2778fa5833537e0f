import pytest
import tensorflow as tf

from keras_av.data.clip.clip_order import FileOrder, Share, TrainingOrder


def indices(order, epoch):
    return [
        int(order.index(tf.constant(epoch, tf.int64), tf.constant(p, tf.int64)))
        for p in range(order.num_clips)
    ]


@pytest.mark.parametrize("num_files", [1, 2, 7, 30])
def test_every_round_of_training_is_a_permutation(num_files):
    order = TrainingOrder(num_files, repeats=3, seed=5)
    seen = indices(order, epoch=2)
    assert len(seen) == 3 * num_files
    for first in range(0, len(seen), num_files):
        assert sorted(seen[first : first + num_files]) == list(range(num_files))


def test_orders_differ_by_seed_epoch_and_round_only():
    order = TrainingOrder(30, repeats=2, seed=0)
    first = indices(order, 0)
    assert indices(TrainingOrder(30, repeats=2, seed=0), 0) == first
    assert first[:30] != first[30:]
    assert indices(order, 1) != first
    assert indices(TrainingOrder(30, repeats=2, seed=1), 0) != first
    # The last round of an epoch is not the first of the next one.
    assert indices(order, 1)[:30] != first[30:]


def test_training_choices_differ():
    order = TrainingOrder(4, repeats=2, seed=0)
    choices = {order.choice(e, p) for e in range(3) for p in range(8)}
    assert len(choices) == 24


def test_files_in_order():
    order = FileOrder(3, repeats=2)
    assert indices(order, epoch=9) == [0, 0, 1, 1, 2, 2]
    assert [order.choice(0, p).time for p in range(4)] == [0, 1, 0, 1]
    assert FileOrder(3, 1).choice(0, 2).time == 0.5


@pytest.mark.parametrize("num_clips", [0, 1, 7, 12])
@pytest.mark.parametrize("total", [1, 2, 5])
def test_shares_hold_every_position_once(num_clips, total):
    for even in (False, True):
        shares = [Share(num_clips, n, total, even) for n in range(total)]
        each = [list(map(int, s.positions(zero()))) for s in shares]
        assert [len(share) for share in shares] == list(map(len, each))
        whole = num_clips - num_clips % total if even else num_clips
        assert sorted(sum(each, [])) == list(range(whole))


@pytest.mark.parametrize("start", [0, 1, 4, 5, 9, 12])
def test_a_share_begins_anywhere(start):
    for number in range(3):
        share = Share(12, number, 3)
        found = list(map(int, share.positions(zero() + start)))
        expected = list(map(int, share.positions(zero())))
        assert found == [p for p in expected if p >= start]


def zero():
    return tf.constant(0, tf.int64)
