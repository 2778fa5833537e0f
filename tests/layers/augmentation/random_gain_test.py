import numpy as np
import pytest

from keras_av.layers import RandomGain
from tests.layers.augmentation import random_layers
from tests.layers.augmentation.random_layers import train


def waves(batch=4):
    rng = np.random.default_rng(0)
    return rng.uniform(-1, 1, (batch, 200)).astype("float32")


def test_one_gain_for_each_sound_within_the_range():
    x = waves(300)
    ratio = train(RandomGain((-6.0, 12.0), seed=0), x) / x
    np.testing.assert_allclose(ratio, np.repeat(ratio[:, :1], 200, 1), 1e-4)
    decibels = 20 * np.log10(ratio[:, 0].astype("f8"))
    assert -6.001 <= decibels.min() < -5.5
    assert 11.5 < decibels.max() <= 12.001
    assert decibels.mean() == pytest.approx(3, abs=0.8)


def test_a_gain_of_one_number():
    got = train(RandomGain((20.0, 20.0)), waves())
    np.testing.assert_allclose(got, 10 * waves(), rtol=1e-5)


@pytest.mark.backend
def test_seeds_compilation_saving_and_half_precision(tmp_path):
    def make(**arguments):
        return RandomGain((-3.0, 3.0), **arguments)

    random_layers.check(make, waves(), tmp_path)
    random_layers.check_half(make, waves(), "float32")
    assert (np.asarray(RandomGain()(waves())) == waves()).all()


def test_refuses_wrong_arguments_and_inputs():
    for gain in ((3.0, -3.0), (1.0,), (0.0, float("nan"))):
        with pytest.raises(ValueError, match="lower one first"):
            RandomGain(gain)
    with pytest.raises(ValueError, match="average the channels"):
        RandomGain()(np.zeros((2, 100, 2)))
