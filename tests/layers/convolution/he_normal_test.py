import keras
import numpy as np
import pytest
from keras import ops
from scipy import stats

from keras_av.layers import HeNormal


@pytest.mark.backend
@pytest.mark.parametrize("shape", [(3, 3, 16, 32), (400, 50), (5, 3, 3, 8, 16)])
def test_is_the_distribution_of_he(shape):
    found = ops.convert_to_numpy(HeNormal(seed=1)(shape))
    scale = np.sqrt(2 / np.prod(shape[:-1]))
    assert found.std() == pytest.approx(scale, rel=0.05)
    standard = found.ravel() / (scale / 0.87962566)
    assert np.abs(standard).max() <= 2.0001
    assert stats.kstest(standard, stats.truncnorm(-2, 2).cdf).pvalue > 1e-3


@pytest.mark.backend
def test_a_seed_gives_the_same_and_the_global_seed_governs():
    first, second = (HeNormal(seed=3)((4, 5)) for _ in range(2))
    np.testing.assert_array_equal(*map(ops.convert_to_numpy, (first, second)))

    def drawn(seed):
        keras.utils.set_random_seed(seed)
        layer = keras.layers.Conv2D(4, 3, kernel_initializer=HeNormal())
        layer.build((None, 8, 8, 3))
        return layer.get_weights()[0]

    np.testing.assert_array_equal(drawn(0), drawn(0))
    assert (drawn(0) != drawn(1)).all()


@pytest.mark.backend
def test_a_generator_of_seeds_gives_others_each_time():
    initializer = HeNormal(seed=keras.random.SeedGenerator(0))
    first, second = (
        ops.convert_to_numpy(initializer((4, 5))) for _ in range(2)
    )
    assert (first != second).all()


@pytest.mark.skipif(
    keras.backend.backend() == "jax", reason="NumPy draws others there"
)
@pytest.mark.backend
def test_draws_what_keras_draws():
    np.testing.assert_array_equal(
        ops.convert_to_numpy(HeNormal(seed=5)((3, 3, 4, 8))),
        ops.convert_to_numpy(keras.initializers.HeNormal(seed=5)((3, 3, 4, 8))),
    )


@pytest.mark.backend
def test_is_saved():
    layer = keras.layers.Conv2D(4, 3, kernel_initializer=HeNormal(seed=2))
    again = keras.layers.Conv2D.from_config(layer.get_config())
    assert isinstance(again.kernel_initializer, HeNormal)
    assert again.kernel_initializer.get_config()["seed"] == 2
