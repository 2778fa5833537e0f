import numpy as np
import pytest

from keras_av.evaluation import cross_validate, mean_and_interval


def test_every_row_is_tested_once_and_never_on_itself():
    folds = np.array([3, 1, 1, 2, 3, 3])
    seen = []

    def measure(train, test):
        assert set(train) | set(test) == set(range(6))
        assert not set(train) & set(test)
        assert len(set(folds[test])) == 1
        seen.extend(test)
        return folds[test][0] / 10

    got = cross_validate(measure, folds)
    np.testing.assert_allclose(got, [0.1, 0.2, 0.3])
    assert sorted(seen) == list(range(6))


def test_refuses_a_single_fold():
    with pytest.raises(ValueError, match="at least two"):
        cross_validate(lambda train, test: 0.0, [1, 1])


def test_interval_covers_the_truth_in_95_of_100_cases():
    rng = np.random.default_rng(0)
    runs = rng.normal(0.7, 0.1, (4000, 5))
    covered = [
        abs(mean - 0.7) < half for mean, half in map(mean_and_interval, runs)
    ]
    assert np.mean(covered) == pytest.approx(0.95, abs=0.012)


def test_interval_by_the_table():
    # t for 2 degrees of freedom is 4.303.
    mean, half = mean_and_interval([1.0, 2.0, 3.0])
    assert mean == 2
    assert half == pytest.approx(4.303 / 3**0.5, rel=1e-3)
    with pytest.raises(ValueError, match="no spread"):
        mean_and_interval([1.0])
