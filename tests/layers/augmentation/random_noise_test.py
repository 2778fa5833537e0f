import numpy as np
import pytest
from scipy import stats

from keras_av.layers import RandomNoise
from tests.layers.augmentation import random_layers
from tests.layers.augmentation.random_layers import train


def waves(batch=4, samples=4000):
    rng = np.random.default_rng(0)
    return (rng.uniform(0.01, 1, (batch, 1)) * np.ones(samples)).astype("f4")


def test_the_ratio_is_within_its_range_whatever_the_level():
    x = waves(200)
    noise = train(RandomNoise((10.0, 30.0), seed=0), x) - x
    power = np.mean(noise.astype("f8") ** 2, axis=1)
    ratio = 10 * np.log10(np.mean(x.astype("f8") ** 2, axis=1) / power)
    assert 9.7 <= ratio.min() < 11.5 and 28.5 < ratio.max() <= 30.3
    assert ratio.mean() == pytest.approx(20, abs=1.5)


def test_it_is_white_and_gaussian():
    x = waves(1, 20000)
    noise = (train(RandomNoise((3.0, 3.0), seed=1), x) - x)[0]
    level = x[0, 0] * 10 ** (-3 / 20)
    assert stats.kstest(noise / level, "norm").pvalue > 1e-3
    assert abs(np.corrcoef(noise[1:], noise[:-1])[0, 1]) < 0.03


def test_silence_stays_silence():
    assert not train(RandomNoise(), np.zeros((2, 100), "float32")).any()


@pytest.mark.slow_on_tensorflow
def test_seeds_compilation_saving_and_half_precision(tmp_path):
    def make(**arguments):
        return RandomNoise((5.0, 9.0), **arguments)

    random_layers.check(make, waves(samples=200), tmp_path)
    random_layers.check_half(make, waves(samples=200), "float32")
    assert (np.asarray(RandomNoise()(waves())) == waves()).all()


def test_refuses_wrong_arguments():
    for snr in ((20.0, 10.0), (-5.0, 10.0), (0.0, float("inf"))):
        with pytest.raises(ValueError, match="lower one first"):
            RandomNoise(snr)
