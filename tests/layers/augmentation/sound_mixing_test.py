import numpy as np
import pytest

from keras_av.layers import SoundMixing
from tests.layers.augmentation import random_layers
from tests.layers.augmentation.random_layers import train


def waves(batch=6, samples=300):
    rng = np.random.default_rng(0)
    level = 10 ** rng.uniform(-2, 0, (batch, 1))
    return (level * rng.standard_normal((batch, samples))).astype("float32")


def level(x):
    return np.sqrt(np.mean(x.astype("f8") ** 2, axis=1))


def test_adds_one_other_sound_at_the_ratio():
    x = waves(40)
    behind = train(SoundMixing((6.0, 20.0), seed=0), x) - x
    unit = x / level(x)[:, None]
    # The part of each sound in what was added to each.
    share = behind @ unit.T / x.shape[1]
    partner = abs(share).argmax(axis=1)
    assert sorted(partner) == list(range(40))
    assert (partner != np.arange(40)).mean() > 0.8
    factor = share[np.arange(40), partner]
    np.testing.assert_allclose(
        behind, factor[:, None] * unit[partner], atol=1e-4
    )
    ratio = -20 * np.log10(factor / level(x))
    assert 5.99 <= ratio.min() < 8 and 18 < ratio.max() <= 20.01


def test_silence_stays_and_adds_nothing():
    x = waves(8)
    x[::2] = 0
    for seed in range(5):
        got = train(SoundMixing(seed=seed), x)
        assert not got[::2].any() and np.isfinite(got).all()
    quiet = np.zeros((3, 50), "float32")
    assert not train(SoundMixing(), quiet).any()


def test_one_sound_alone_becomes_louder():
    got = train(SoundMixing((6.0, 6.0)), waves(1))
    np.testing.assert_allclose(got, waves(1) * (1 + 10**-0.3), rtol=1e-4)


@pytest.mark.slow_on_tensorflow
def test_seeds_compilation_saving_and_half_precision(tmp_path):
    def make(**arguments):
        return SoundMixing((0.0, 10.0), **arguments)

    random_layers.check(make, waves(), tmp_path)
    random_layers.check_half(make, waves(), "float32")
    assert (np.asarray(SoundMixing()(waves())) == waves()).all()


def test_refuses_wrong_arguments():
    with pytest.raises(ValueError, match="lower one first"):
        SoundMixing((-1.0, 3.0))
