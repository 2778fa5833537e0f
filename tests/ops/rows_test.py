import keras
import numpy as np
import pytest
from keras import ops

from keras_av.ops import after, read_rows, write_rows
from keras_av.ops.rows import fill_rows

pytestmark = pytest.mark.backend


def variable(num_rows=6, dim=3):
    values = np.arange(num_rows * dim, dtype="float32").reshape(num_rows, dim)
    return keras.Variable(values, trainable=False), values


@pytest.mark.parametrize("shape", [(2,), (2, 4)])
def test_read(shape):
    weight, values = variable()
    rows = np.random.default_rng(0).integers(0, 6, shape).astype("int32")
    got = read_rows(weight, ops.convert_to_tensor(rows))
    np.testing.assert_array_equal(ops.convert_to_numpy(got), values[rows])


def test_write_touches_only_the_rows_named():
    weight, values = variable()
    rows = ops.convert_to_tensor(np.array([4, 1], "int32"))
    write_rows(weight, rows, ops.ones((2, 3)))
    values[[4, 1]] = 1.0
    np.testing.assert_array_equal(ops.convert_to_numpy(weight), values)


@pytest.mark.parametrize("token", [np.nan, np.inf])
def test_a_step_that_overflowed_leaves_no_trace(token):
    weight, values = variable()
    rows = ops.convert_to_tensor(np.array([2], "int32"))
    with after(ops.convert_to_tensor(np.float32(token))):
        write_rows(weight, rows, ops.ones((1, 3)))
    np.testing.assert_array_equal(ops.convert_to_numpy(weight), values)


def test_a_finished_step_writes():
    weight, values = variable()
    rows = ops.convert_to_tensor(np.array([2], "int32"))
    with after(ops.convert_to_tensor(np.float32(3.0))):
        write_rows(weight, rows, ops.ones((1, 3)))
    values[2] = 1.0
    np.testing.assert_array_equal(ops.convert_to_numpy(weight), values)


def test_rows_are_filled_block_by_block():
    weight = keras.Variable(np.zeros((16_384 + 3, 2)), trainable=False)
    asked = []

    def block(rows):
        asked.append(rows)
        return ops.stack([ops.arange(rows.start, rows.stop)] * 2, axis=1)

    fill_rows(weight, block)
    assert asked == [range(16_384), range(16_384, 16_387)]
    every = np.arange(16_387, dtype="float32")
    np.testing.assert_array_equal(
        ops.convert_to_numpy(weight), np.stack([every, every], axis=1)
    )
