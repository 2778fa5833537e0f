import keras
import numpy as np
import pytest

from keras_av.layers.memory.state import add_state, draw_rows


def test_state_is_not_trained():
    layer = keras.layers.Layer(dtype="mixed_float16")
    rows = add_state(layer, "rows", (3, 2), "zeros")
    count = add_state(layer, "count", (1,), "zeros", "int")
    assert rows.name == "rows" and rows.dtype == "float32"
    assert rows.aggregation == "none"
    assert layer.trainable_variables == []
    assert layer.non_trainable_variables == [rows, count]


def drawn(seed, num_rows=9, initial_rows="unit"):
    rows = keras.Variable(np.zeros((num_rows, 4)), trainable=False)
    draw_rows(rows, seed, initial_rows)
    return keras.ops.convert_to_numpy(rows)


def test_rows_are_unit_vectors_of_the_seed():
    rows = [drawn(seed) for seed in (1, 1, 2)]
    np.testing.assert_allclose(np.linalg.norm(rows[0], axis=1), 1, rtol=1e-6)
    np.testing.assert_array_equal(rows[0], rows[1])
    assert (rows[0] != rows[2]).all()


@pytest.mark.parametrize("initial_rows", ["unit", "uniform"])
def test_blocks_of_rows_are_drawn_each_by_its_own_seed(initial_rows):
    size = 16_384
    rows = drawn(3, 2 * size + 5, initial_rows)
    np.testing.assert_array_equal(rows, drawn(3, 2 * size + 5, initial_rows))
    np.testing.assert_array_equal(rows[:size], drawn(3, size, initial_rows))
    assert len(np.unique(rows, axis=0)) == len(rows)
    # Neighbouring seeds are those of the banks of one method.
    both = np.concatenate([rows, drawn(4, 2 * size + 5, initial_rows)])
    assert len(np.unique(both, axis=0)) == 2 * len(rows)


def test_rows_without_a_seed_differ():
    assert (drawn(None) != drawn(None)).all()
