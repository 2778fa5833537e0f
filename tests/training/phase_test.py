import pytest

from keras_av.training import Phase


@pytest.mark.parametrize(
    "kwargs, message",
    [
        ({"epochs": -1}, "negative"),
        ({"trainable": ()}, "the parts to train"),
        ({"losses": ()}, "losses to use"),
        ({"reset": "some"}, "'none', 'banks' or 'all'"),
    ],
)
def test_wrong_arguments(kwargs, message):
    valid = {"epochs": 1, "trainable": ["a"], "losses": ["b"]}
    with pytest.raises(ValueError, match=message):
        Phase("I-a", **{**valid, **kwargs})


def test_a_phase_may_be_left_out():
    assert Phase("I-a", 0, ["a"], ["b"]).epochs == 0
