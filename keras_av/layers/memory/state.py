"""State of memory banks and queues."""

import keras
from keras import ops

from keras_av.ops.types import Tensor


def add_state(
    layer: keras.layers.Layer,
    name: str,
    shape: tuple[int, ...],
    initializer: object,
    dtype: str = "float32",
) -> keras.Variable:
    """Add a weight that is assigned, and that no optimizer trains.

    Args:
        layer: Layer of the weight.
        name: Name of the weight.
        shape: Its shape.
        initializer: Its initializer.
        dtype: Its dtype. Defaults to `"float32"`.
    """
    # Every replica writes all rows itself, so there is no aggregation.
    return layer.add_weight(
        name=name,
        shape=shape,
        initializer=initializer,
        dtype=dtype,
        trainable=False,
        autocast=False,
        aggregation="none",
    )


def random_unit_rows(
    shape: tuple[int, ...], dtype: str, seed: int | None
) -> Tensor:
    """Random unit vectors, of all directions alike.

    Args:
        shape: `(num_rows, dim)`.
        dtype: dtype of the vectors.
        seed: Integer seed.
    """
    rows = keras.random.normal(shape, dtype=dtype, seed=seed)
    return ops.normalize(rows, axis=-1)


def random_uniform_rows(
    shape: tuple[int, ...], dtype: str, seed: int | None
) -> Tensor:
    """Random vectors whose numbers are `U(-s, s)` with `s = sqrt(3 / dim)`.

    Args:
        shape: `(num_rows, dim)`.
        dtype: dtype of the vectors.
        seed: Integer seed.
    """
    limit = (3 / shape[1]) ** 0.5
    return keras.random.uniform(shape, -limit, limit, dtype, seed)
