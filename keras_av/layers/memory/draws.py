"""Draws of rows of which some are left out."""

from keras import ops

from keras_av.ops.types import Tensor


def rows_left_out(own: Tensor | None, skip: Tensor | None) -> Tensor | None:
    """The rows that are no negatives of the clips, if there are such.

    Args:
        own: Rows of the clips, `(batch,)`, or None.
        skip: Others, `(batch, count)`, or None.

    Returns:
        int32 `(batch, count)`, or None.
    """
    parts = [] if own is None else [own[:, None]]
    parts += [] if skip is None else [skip]
    if not parts:
        return None
    parts = [ops.cast(part, "int32") for part in parts]
    return ops.concatenate(parts, axis=1)


def past(drawn: Tensor, left_out: Tensor) -> Tensor:
    """Number the rows that are not left out, uniform over all the others.

    In the order of the rows that are left out, a number that has reached one
    moves up by one.

    Args:
        drawn: Numbers from 0 to that of rows that are not left out, int32
            `(batch, num_draws)`.
        left_out: Rows, int32 `(batch, count)`, all of a clip different.

    Returns:
        The rows, int32 `(batch, num_draws)`.

    Examples:

    >>> import numpy as np
    >>> from keras_av.layers.memory.draws import past
    >>> rows = past(np.array([[0, 1, 2]], "int32"), np.array([[1, 3]], "int32"))
    >>> [int(row) for row in rows[0]]
    [0, 2, 4]
    """
    # One after the other: all at once would take memory for each of them.
    ordered = ops.sort(ops.convert_to_tensor(left_out), axis=1)
    drawn = ops.convert_to_tensor(drawn)
    for number in range(ordered.shape[1]):
        reached = drawn >= ordered[:, number : number + 1]
        drawn = drawn + ops.cast(reached, "int32")
    return drawn


def none_of(drawn: Tensor, left_out: Tensor) -> Tensor:
    """Whether draws are none of the rows that are left out of a clip.

    Args:
        drawn: Rows, int32 `(batch, num_draws)` or `(1, num_draws)`.
        left_out: Rows, int32 `(batch, count)`.

    Returns:
        Booleans, `(batch, num_draws)`.
    """
    other = ops.not_equal(drawn[:, :, None], left_out[:, None, :])
    return ops.all(other, axis=2)


def replace_draws(drawn: Tensor, good: Tensor) -> Tensor:
    """Replace each draw that is not good by the nearest good one before it.

    In a circle. If good draws are independent of their places, so is the
    result, and it needs no further random numbers. If no draw is good they
    stay, in another order.

    Args:
        drawn: Rows, `(..., num_draws)`.
        good: Booleans of the same shape.

    Returns:
        Rows of the same shape.

    Examples:

    >>> import numpy as np
    >>> from keras_av.layers.memory.draws import replace_draws
    >>> good = np.array([True, False, False])
    >>> rows = replace_draws(np.array([7, 8, 9]), good)
    >>> [int(row) for row in rows]
    [7, 7, 7]
    """
    distance, count = 1, drawn.shape[-1]
    while distance < count:
        drawn = ops.where(good, drawn, ops.roll(drawn, distance, axis=-1))
        good = ops.logical_or(good, ops.roll(good, distance, axis=-1))
        distance *= 2
    return drawn
