import numpy as np
import pytest

from keras_av.layers import RandomTimeShift
from tests.layers.augmentation import random_layers
from tests.layers.augmentation.random_layers import train


def waves(batch=4):
    rng = np.random.default_rng(0)
    return rng.uniform(-1, 1, (batch, 50)).astype("float32")


def test_rolls_each_sound_by_any_shift_within_the_range():
    x = np.tile(np.arange(50, dtype="float32"), (600, 1))
    got = train(RandomTimeShift(0.1, seed=0), x)
    shifts = (-got[:, 0] + 25) % 50 - 25
    for shift, row in zip(shifts.astype(int), got):
        np.testing.assert_array_equal(row, np.roll(x[0], shift))
    values, counts = np.unique(shifts, return_counts=True)
    assert values.tolist() == list(range(-5, 6))
    assert counts.min() > 25


def test_no_shift_and_any_shift():
    np.testing.assert_array_equal(train(RandomTimeShift(0.0), waves()), waves())
    x = np.tile(np.arange(50, dtype="float32"), (600, 1))
    starts = train(RandomTimeShift(1.0, seed=0), x)[:, 0]
    assert len(np.unique(starts)) == 50


def test_seeds_compilation_saving_and_half_precision(tmp_path):
    def make(**arguments):
        return RandomTimeShift(0.5, **arguments)

    random_layers.check(make, waves(), tmp_path)
    random_layers.check_half(make, waves(), "float32")
    assert (np.asarray(RandomTimeShift()(waves())) == waves()).all()


def test_refuses_wrong_arguments_and_inputs():
    with pytest.raises(ValueError, match=r"it in \[0, 1\]"):
        RandomTimeShift(1.5)
    with pytest.raises(ValueError, match="average the channels"):
        RandomTimeShift()(np.zeros(100))
