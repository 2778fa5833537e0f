"""Checks of options."""

import pytest

from keras_av.training.checks import (
    check_choice,
    check_positive,
    check_weight,
)


def test_what_passes():
    check_choice("mode", "a", ("a", "b"))
    check_positive("size", 0.1)
    check_weight("label_weight", 0)


@pytest.mark.parametrize(
    "check, arguments",
    [
        (check_choice, ("mode", "c", ("a", "b"))),
        (check_positive, ("mode", 0)),
        (check_positive, ("mode", float("nan"))),
        (check_weight, ("mode", -0.1)),
        (check_weight, ("mode", float("nan"))),
    ],
)
def test_what_does_not(check, arguments):
    with pytest.raises(ValueError, match="mode .*Received"):
        check(*arguments)
