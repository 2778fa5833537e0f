import keras
import numpy as np
import pytest
from keras import ops

from keras_av.ops.row_products import row_products
from tests.gradients import gradients


# Fewer rows than are asked for, as many, and more.
@pytest.mark.backend
@pytest.mark.parametrize("num_rows", [5, 32, 500])
@pytest.mark.parametrize("shared", [False, True])
def test_products_and_their_gradient(num_rows, shared):
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(num_rows, 6)).astype("float32")
    query = rng.normal(size=(4, 6)).astype("float32")
    weights = rng.normal(size=(4, 32)).astype("float32")
    drawn = rng.integers(0, num_rows, 32 if shared else (4, 32), "int32")
    weight = keras.Variable(rows, trainable=False)
    index = ops.convert_to_tensor(drawn)
    pattern = "bd,kd->bk" if shared else "bd,bkd->bk"
    found = row_products(weight, index, ops.convert_to_tensor(query))
    np.testing.assert_allclose(
        ops.convert_to_numpy(found),
        np.einsum(pattern, query, rows[drawn]),
        atol=1e-5,
    )

    def loss(query):
        return ops.sum(
            ops.multiply(row_products(weight, index, query), weights)
        )

    back = "bk,kd->bd" if shared else "bk,bkd->bd"
    np.testing.assert_allclose(
        gradients(loss, query)[0],
        np.einsum(back, weights, rows[drawn]),
        rtol=1e-4,
        atol=1e-5,
    )
