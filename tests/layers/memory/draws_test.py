import numpy as np
import pytest
from keras import ops

from keras_av.layers.memory.draws import none_of, past, replace_draws

pytestmark = pytest.mark.backend
LEFT_OUT = np.array([[7, 0, 3], [5, 4, 6]], "int32")


def numpy(x):
    return ops.convert_to_numpy(x)


def test_past_numbers_the_others_in_order():
    numbers = np.tile(np.arange(5, dtype="int32"), (2, 1))
    found = numpy(past(numbers, LEFT_OUT))
    for row, gone in zip(found, LEFT_OUT):
        np.testing.assert_array_equal(row, np.setdiff1d(np.arange(8), gone))


def test_none_of():
    numbers = np.arange(8, dtype="int32")[None]
    found = numpy(none_of(ops.convert_to_tensor(numbers), LEFT_OUT))
    for row, gone in zip(found, LEFT_OUT):
        np.testing.assert_array_equal(row, ~np.isin(np.arange(8), gone))


@pytest.mark.parametrize("size", [1, 2, 7, 8])
def test_the_nearest_good_draw_before_takes_the_place(size):
    rng = np.random.default_rng(size)
    drawn = rng.permutation(100)[: 3 * size].reshape(3, size).astype("int32")
    good = rng.random((3, size)) < 0.4
    good[0, 0] = True
    found = numpy(replace_draws(drawn, good))
    for row, kept, values in zip(found, good, drawn):
        if not kept.any():
            assert sorted(row) == sorted(values)
            continue
        for place in range(size):
            before = place
            while not kept[before]:
                before -= 1
            assert row[place] == values[before]
