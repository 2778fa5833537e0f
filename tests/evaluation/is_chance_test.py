"""Whether clips are too few to tell from chance."""

import math

import pytest

from keras_av.evaluation import is_chance


def oracle(value, chance, count):
    """Wilson's interval holds what a score test does not reject."""
    share = round(value * count) / count
    deviation = math.sqrt(chance * (1 - chance) / count)
    return abs(share - chance) <= 1.959963984540054 * deviation


@pytest.mark.parametrize("count", [1, 5, 24, 128, 1024])
@pytest.mark.parametrize("chance", [0.03125, 0.25, 0.5])
def test_a_grid(count, chance):
    for hits in range(count + 1):
        value = hits / count
        expected = oracle(value, chance, count)
        assert is_chance(value, chance, count) is expected, (value, chance)


def test_what_is_out_of_range_is_refused():
    for arguments in ((1.2, 0.5, 9), (0.5, -0.1, 9), (0.5, 0.5, 0)):
        with pytest.raises(ValueError, match="must be from 0 to 1"):
            is_chance(*arguments)
