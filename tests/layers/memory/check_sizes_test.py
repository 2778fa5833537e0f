import pytest

from keras_av.layers.memory.check_sizes import check_sizes


def test_the_largest_and_smallest_bank_pass():
    check_sizes(2, 1, 1)
    check_sizes(2**31 - 1, 128, 1024)


@pytest.mark.parametrize(
    "sizes,message",
    [
        ((1, 8, 4), "at least 2 rows.*num_rows=1"),
        ((2**31, 8, 4), "less than 2..31.*num_rows=2147483648"),
        ((2, 0, 4), "must be positive.*dim=0"),
        ((2, 8, 0), "must be positive.*num_negatives=0"),
    ],
)
def test_impossible_sizes_are_refused(sizes, message):
    with pytest.raises(ValueError, match=message):
        check_sizes(*sizes)
