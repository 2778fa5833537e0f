import numpy as np
import pytest

from keras_av.layers.memory.alias_table import alias_table


def spread(probability, alias):
    """The distribution that a table draws from, in float64."""
    found = probability.astype("float64")
    np.add.at(found, alias, 1 - probability.astype("float64"))
    return found / len(found)


@pytest.mark.parametrize("number", range(4))
def test_golden(vectors, number):
    golden = vectors("alias_tables")
    probability, alias = alias_table(golden[f"p{number}"])
    np.testing.assert_allclose(probability, golden[f"prob{number}"], rtol=1e-6)
    used = probability < 1
    np.testing.assert_array_equal(alias[used], golden[f"alias{number}"][used])


@pytest.mark.parametrize("seed", range(3))
def test_draws_from_its_distribution(seed):
    weights = np.random.default_rng(seed).exponential(size=101) ** 2
    weights[::7] = 0.0
    probability, alias = alias_table(weights)
    assert probability.dtype == "float32" and alias.dtype == "int32"
    expected = weights / weights.sum()
    np.testing.assert_allclose(spread(probability, alias), expected, atol=1e-7)


@pytest.mark.parametrize(
    "weights", [[0.0, 0.0], [1.0, -0.1], [1.0, np.inf], [[1.0]], []]
)
def test_wrong_weights(weights):
    with pytest.raises(ValueError, match="^Weights must"):
        alias_table(weights)
