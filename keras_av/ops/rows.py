"""Rows of a large weight, read and written in place.

The plain forms, `ops.take(weight, rows)` and
`weight.assign(ops.scatter_update(weight, ...))`, copy the whole weight at
every step on every backend. These functions touch only the given rows, so the
time of a step does not grow with the number of rows.
"""

import contextlib
import functools
from collections.abc import Callable, Iterator

import keras
from keras import ops

from keras_av.ops.types import Tensor

if keras.backend.backend() == "tensorflow":
    import tensorflow as tf

    def read_rows(weight: keras.Variable, rows: Tensor) -> Tensor:
        """Read `weight[rows]` without a copy of the weight.

        Args:
            weight: A Keras variable, `(num_rows, ...)`.
            rows: int32 row numbers, `(batch, ...)`.

        Returns:
            The rows, `(batch, ..., ...)`.
        """
        # After a sparse write any dense read copies the variable, and
        # `tf.gather` of a mirrored variable is a dense read: gather through
        # the handle of this replica's copy.
        handle = weight.value.handle
        return tf.raw_ops.ResourceGather(
            resource=handle, indices=rows, dtype=weight.value.dtype
        )

    def _write(weight: keras.Variable, rows: Tensor, values: Tensor) -> None:
        # In a replica the handle is that of its own copy. Every replica
        # writes the same gathered rows, so that the copies stay equal.
        copies = [weight.value]
        if isinstance(weight.value, tf.distribute.DistributedValues):
            context = tf.distribute.get_replica_context()
            if context is None or context.num_replicas_in_sync == 1:
                copies = weight.value.values
        for copy in copies:
            tf.raw_ops.ResourceScatterUpdate(
                resource=copy.handle, indices=rows, updates=values
            )

    _fill = _write

elif keras.backend.backend() == "torch":
    import torch

    def read_rows(weight: keras.Variable, rows: Tensor) -> Tensor:
        """Read `weight[rows]` without a copy of the weight.

        Args:
            weight: A Keras variable, `(num_rows, ...)`.
            rows: int32 row numbers, `(batch, ...)`.

        Returns:
            The rows, `(batch, ..., ...)`.
        """
        # Four times as fast as `weight[rows]`, which looks up every element.
        # The rows may be in the memory of the host.
        value = weight.value.detach()
        flat = rows.reshape(-1).to(value.device)
        read = torch.index_select(value, 0, flat).to(rows.device)
        return read.reshape(*rows.shape, *weight.shape[1:])

    def _write(weight: keras.Variable, rows: Tensor, values: Tensor) -> None:
        with torch.no_grad():
            value = weight.value
            rows = rows.to(value.device, torch.int64)
            value.index_copy_(0, rows, values.to(value.device))

    _fill = _write

else:
    import jax

    def read_rows(weight: keras.Variable, rows: Tensor) -> Tensor:
        """Read `weight[rows]` without a copy of the weight.

        Args:
            weight: A Keras variable, `(num_rows, ...)`.
            rows: int32 row numbers, `(batch, ...)`.

        Returns:
            The rows, `(batch, ..., ...)`. An out-of-range row is NaN, or for
            integers the least number.
        """
        return weight.value.at[rows].get(mode="fill")

    def _write(weight: keras.Variable, rows: Tensor, values: Tensor) -> None:
        weight.assign(weight.value.at[rows].set(values, mode="drop"))

    @functools.partial(jax.jit, donate_argnums=0)
    def _filled(value: Tensor, rows: Tensor, values: Tensor) -> Tensor:
        return value.at[rows].set(values)

    def _fill(weight: keras.Variable, rows: Tensor, values: Tensor) -> None:
        # Outside of a compiled function `_write` copies the weight.
        weight.assign(_filled(weight.value, rows, values))


_TOKENS: list[Tensor] = []


@contextlib.contextmanager
def after(token: Tensor) -> Iterator[None]:
    """Make the row writes inside depend on a scalar of the finished step.

    XLA copies a weight that one program both reads and writes unless the
    write comes after the reads by data dependence; the token is that
    dependence. If it is not finite, the old rows are kept, so a step that
    overflowed in float16 does not change a bank.

    Args:
        token: A scalar computed from the loss and the gradients.

    Examples:

    >>> import keras, numpy as np
    >>> from keras_av.ops import after, write_rows
    >>> weight = keras.Variable(np.zeros((3, 2)), trainable=False)
    >>> row = keras.ops.convert_to_tensor(np.array([1], "int32"))
    >>> with after(keras.ops.convert_to_tensor(float("nan"))):
    ...     write_rows(weight, row, keras.ops.ones((1, 2)))
    >>> float(keras.ops.sum(weight))
    0.0
    """
    _TOKENS.append(token)
    try:
        yield
    finally:
        _TOKENS.pop()


def write_rows(weight: keras.Variable, rows: Tensor, values: Tensor) -> None:
    """Set `weight[rows] = values` without a copy of the weight.

    Args:
        weight: A Keras variable, `(num_rows, ...)`.
        rows: int32 row numbers, `(batch,)`. If a row is repeated, all its
            values must be equal.
        values: The new rows, `(batch, ...)`.

    Examples:

    >>> import keras, numpy as np
    >>> from keras_av.ops import write_rows
    >>> weight = keras.Variable(np.zeros((3, 2)), trainable=False)
    >>> row = keras.ops.convert_to_tensor(np.array([1], "int32"))
    >>> write_rows(weight, row, keras.ops.ones((1, 2)))
    >>> float(keras.ops.sum(weight))
    2.0
    """
    values = ops.cast(values, weight.dtype)
    if _TOKENS:
        finite = ops.isfinite(_TOKENS[-1])
        values = ops.where(finite, values, read_rows(weight, rows))
    _write(weight, rows, values)


# Few enough that a block takes little memory beside the weight: 8 MB with 128
# numbers a row.
_BLOCK = 16_384


def fill_rows(weight: keras.Variable, block: Callable[[range], Tensor]) -> None:
    """Set all rows of a weight, block by block, without a copy of the weight.

    Args:
        weight: A Keras variable, `(num_rows, ...)`. On JAX its former value is
            given up.
        block: Function from some rows to their values, `(len(rows), ...)`.

    Examples:

    >>> import keras, numpy as np
    >>> from keras_av.ops.rows import fill_rows
    >>> weight = keras.Variable(np.zeros((3, 2)), trainable=False)
    >>> fill_rows(weight, lambda rows: keras.ops.ones((len(rows), 2)))
    >>> float(keras.ops.sum(weight))
    6.0
    """
    num_rows = weight.shape[0]
    for start in range(0, num_rows, _BLOCK):
        rows = range(start, min(start + _BLOCK, num_rows))
        places = ops.arange(rows.start, rows.stop, dtype="int32")
        _fill(weight, places, ops.cast(block(rows), weight.dtype))
