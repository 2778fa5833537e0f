import pytest

from keras_av.models.presets.find_in_config import find_in_config


@pytest.mark.parametrize(
    "config, expected",
    [
        ({"rate": 8000}, 8000),
        ({"layers": [{"other": 1}, {"config": {"rate": 16000}}]}, 16000),
        ({"layers": ({"rate": 8000}, {"rate": 16000})}, 8000),
        ({"other": [1, "rate"]}, None),
    ],
)
def test_finds_the_first_value(config, expected):
    assert find_in_config(config, "rate") == expected
