"""State of memory banks and queues."""

from typing import Literal

import keras
import numpy as np
from keras import ops

from keras_av.ops.rows import fill_rows
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

    Raises:
        ValueError: If the devices among which a layout shares the rows do not
            divide them.
    """
    try:
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
    except ValueError as error:
        distribution = keras.distribution.distribution()
        if distribution is None:
            raise
        raise ValueError(
            f"{distribution} cannot share the rows of {layer.name}/{name}, of "
            f"shape {shape}. Choose a number of rows that the devices divide; "
            f"it may be larger than the number of clips. Received: {error}"
        ) from error


def draw_rows(
    weight: keras.Variable,
    seed: int | None,
    initial_rows: Literal["unit", "uniform"] = "unit",
) -> None:
    """Set all rows of a weight at random.

    The first 16,384 rows are those that `seed` gives on their own; each later
    block of as many has a seed of its own, made from it.

    Args:
        weight: A Keras variable, `(num_rows, dim)`.
        seed: Integer seed.
        initial_rows: `"unit"` for unit vectors of all directions alike, or
            `"uniform"` for numbers from `U(-s, s)` with `s = sqrt(3 / dim)`.
            Defaults to `"unit"`.
    """
    limit = (3 / weight.shape[1]) ** 0.5

    def block(rows: range) -> Tensor:
        shape = (len(rows), weight.shape[1])
        drawn_by = _seed_of(seed, rows.start)
        if initial_rows == "uniform":
            return keras.random.uniform(
                shape, -limit, limit, weight.dtype, drawn_by
            )
        drawn = keras.random.normal(shape, dtype=weight.dtype, seed=drawn_by)
        return ops.normalize(drawn, axis=-1)

    fill_rows(weight, block)


def _seed_of(seed: int | None, first_row: int) -> int | None:
    if seed is None or first_row == 0:
        return seed
    # Not the seed plus a number, which is the seed of another bank.
    state = np.random.SeedSequence([abs(seed), first_row]).generate_state(1)
    return int(state[0] >> 1)
