import numpy as np
import pytest
from scipy import stats

from keras_av.evaluation import paired_p_values


def expected(differences):
    """One by one, from the definition."""
    values = [stats.ttest_1samp(row, 0.0).pvalue for row in differences]
    order = sorted(range(len(values)), key=lambda row: values[row])
    corrected, least = {}, 0.0
    for place, row in enumerate(order):
        factor = len(values) - place
        least = max(least, min(1.0, factor * values[row]))
        corrected[row] = least
    return [corrected[row] for row in range(len(values))]


@pytest.mark.parametrize("comparisons", [1, 2, 9])
@pytest.mark.parametrize("runs", [2, 5])
def test_equals_the_definition(comparisons, runs):
    generator = np.random.default_rng(comparisons + runs)
    differences = generator.normal(0.1, 0.05, (comparisons, runs))
    np.testing.assert_allclose(
        paired_p_values(differences), expected(differences), rtol=1e-9
    )


def test_no_difference_is_not_significant():
    found = paired_p_values([[0.0, 0.0], [0.1, 0.11]])
    assert found[0] == 1.0 and found[1] < 0.1


@pytest.mark.parametrize("runs", [2, 3, 10])
def test_equal_differences_are_as_many_heads_of_a_coin(runs):
    """One clip more of 95, with every seed, is no certainty."""
    hits = np.arange(1, runs + 1)
    # Which are equal but for rounding.
    found = paired_p_values([(hits + 1) / 95 - hits / 95])
    np.testing.assert_allclose(found, [2 * 0.5**runs])


def test_rarely_calls_noise_significant():
    generator = np.random.default_rng(0)
    wrong = [
        (paired_p_values(generator.standard_normal((6, 5))) < 0.05).any()
        for _ in range(1000)
    ]
    # 5 % of 1000, and three deviations.
    assert np.sum(wrong) <= 50 + 3 * np.sqrt(50 * 0.95)


def test_one_run_is_refused():
    with pytest.raises(ValueError, match="at least two runs"):
        paired_p_values([[0.1], [0.2]])
