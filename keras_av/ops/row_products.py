"""Products of vectors with rows of a large weight."""

import keras
from keras import ops

from keras_av.ops.rows import read_rows
from keras_av.ops.types import Tensor

# With so many times fewer rows than are asked for, all of them are multiplied:
# measured on CPUs with 16 clips and 128 dimensions.
_FEWER = 4
# Size of a batch where it may vary.
_USUAL_BATCH = 16


def row_products(weight: keras.Variable, rows: Tensor, query: Tensor) -> Tensor:
    """Products of queries with rows; no gradient reaches the weight.

    A small weight is multiplied as a whole, which is quicker than to gather
    rows for each query.

    Args:
        weight: A Keras variable, `(num_rows, dim)`.
        rows: int32 row numbers, `(batch, count)`, or one set for all queries,
            `(count,)`.
        query: Vectors, `(batch, dim)`, in the type of the weight.

    Returns:
        The products, `(batch, count)`.

    Examples:

    >>> import keras, numpy as np
    >>> from keras_av.ops.row_products import row_products
    >>> weight = keras.Variable(np.eye(3, 2), trainable=False)
    >>> rows = keras.ops.convert_to_tensor(np.array([[1, 2]], "int32"))
    >>> query = keras.ops.convert_to_tensor(np.array([[5.0, 7.0]], "float32"))
    >>> [float(value) for value in row_products(weight, rows, query)[0]]
    [7.0, 0.0]
    """
    if len(rows.shape) == 1:
        return ops.matmul(query, ops.transpose(read_rows(weight, rows)))
    batch = query.shape[0] or _USUAL_BATCH
    if weight.shape[0] * _FEWER > batch * rows.shape[1]:
        return ops.einsum("bd,bkd->bk", query, read_rows(weight, rows))
    whole = ops.stop_gradient(ops.convert_to_tensor(weight))
    products = ops.matmul(query, ops.transpose(whole))
    return ops.take_along_axis(products, rows, axis=1)
