import keras
import numpy as np

from keras_av.layers.memory.state import add_state, random_unit_rows


def test_state_is_not_trained():
    layer = keras.layers.Layer(dtype="mixed_float16")
    rows = add_state(layer, "rows", (3, 2), "zeros")
    count = add_state(layer, "count", (1,), "zeros", "int")
    assert rows.name == "rows" and rows.dtype == "float32"
    assert rows.aggregation == "none"
    assert layer.trainable_variables == []
    assert layer.non_trainable_variables == [rows, count]


def test_rows_are_unit_vectors_of_the_seed():
    rows = [
        keras.ops.convert_to_numpy(random_unit_rows((9, 4), "float32", seed))
        for seed in (1, 1, 2)
    ]
    np.testing.assert_allclose(np.linalg.norm(rows[0], axis=1), 1, rtol=1e-6)
    np.testing.assert_array_equal(rows[0], rows[1])
    assert (rows[0] != rows[2]).all()
