"""Checks of options."""

import pytest

from keras_av.training.checks import (
    check_choice,
    check_positive,
    check_share,
    check_weights,
)


def test_what_passes():
    check_choice("mode", "a", ("a", "b"))
    check_positive("size", 0.1)
    check_share("rate", 0)
    check_share("rate", 1.0)
    check_weights(label_weight=0, kd_weight=2.0)


@pytest.mark.parametrize(
    "check, arguments",
    [
        (check_choice, ("mode", "c", ("a", "b"))),
        (check_positive, ("mode", 0)),
        (check_positive, ("mode", float("nan"))),
        (check_share, ("mode", -0.1)),
        (check_share, ("mode", 1.1)),
        (check_share, ("mode", float("nan"))),
    ],
)
def test_what_does_not(check, arguments):
    with pytest.raises(ValueError, match="mode .*Received"):
        check(*arguments)


@pytest.mark.parametrize("value", [-0.1, float("nan")])
def test_negative_weights(value):
    with pytest.raises(ValueError, match="kd_weight must not be negative"):
        check_weights(label_weight=1.0, kd_weight=value)
