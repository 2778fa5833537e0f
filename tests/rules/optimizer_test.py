"""Optimizers, as rules."""

import numpy as np
import pytest

from keras_av import rules


def rate(optimizer, step):
    schedule = optimizer.get_config()["learning_rate"]
    if isinstance(schedule, dict):
        return float(np.asarray(optimizer._learning_rate(step)))
    return schedule


@pytest.mark.parametrize("make", [rules.adam, rules.sgd])
def test_the_rate_falls_along_a_cosine(make):
    optimizer = make(learning_rate=0.1, final_share=0.1).make(100)
    expected = [
        0.1 * (0.9 * (1 + np.cos(np.pi * t)) / 2 + 0.1) for t in (0, 0.5, 1)
    ]
    found = [rate(optimizer, step) for step in (0, 50, 100)]
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_it_warms_up_in_at_most_a_quarter():
    optimizer = rules.adam(learning_rate=0.1, warmup_steps=80).make(100)
    assert rate(optimizer, 0) == 0.0
    np.testing.assert_allclose(rate(optimizer, 25), 0.1, rtol=1e-6)


def test_it_falls_in_steps():
    optimizer = rules.sgd(
        learning_rate=1.0, schedule="steps", milestones=[0.5, 0.75]
    ).make(100)
    found = [rate(optimizer, step) for step in (0, 50, 51, 75, 76, 99)]
    np.testing.assert_allclose(found, [1, 1, 0.1, 0.1, 0.01, 0.01], rtol=1e-5)


@pytest.mark.parametrize(
    "options",
    [
        {"schedule": "steps"},
        {"schedule": "cosine", "milestones": [0.5]},
        {"schedule": "steps", "milestones": [0.75, 0.5]},
        {"schedule": "steps", "milestones": [50]},
    ],
)
def test_milestones_that_are_none_are_refused(options):
    with pytest.raises(ValueError, match="milestones belong to"):
        rules.adam(**options)


def test_constant():
    optimizer = rules.sgd(learning_rate=0.3, schedule="constant").make(10)
    np.testing.assert_allclose(float(optimizer.learning_rate), 0.3, rtol=1e-6)


@pytest.mark.parametrize("make", [rules.adam, rules.sgd])
def test_a_rate_that_is_none_is_refused(make):
    with pytest.raises(ValueError, match="learning_rate must be above 0"):
        make(learning_rate=0.0)
