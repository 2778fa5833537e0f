"""Attention transfer between two layers."""

import numpy as np
from keras import ops

from keras_av.ops.types import Tensor
from keras_av.ops.unit_length import unit_length


def attention_transfer(
    student: Tensor, teacher: Tensor, power: float = 2.0
) -> Tensor:
    """Squared distance between the attention maps of two layers.

    The attention map of features `f` is their strength at each position,
    aggregated over channels:

        A(f) = a / |a|, a = mean_c |f_c|^power

    over all positions of a sample, and the loss is the mean over the n
    positions, `(1 / n) |A(student) - A(teacher)|^2`. Along each axis, the map
    with more positions is first averaged to the size of the other. The loss is
    invariant to the scale of the features. It is computed in float32.

    References:
        - [Zagoruyko and Komodakis, 2017](https://arxiv.org/abs/1612.03928)

    Args:
        student: Features, `(batch, *positions, channels)`, with one axis of
            positions (sequences), two (images, spectrograms) or three (videos).
        teacher: Features with the same number of axes; positions and channels
            may differ.
        power: Exponent of the features. Defaults to 2.

    Returns:
        Losses, `(batch,)`, float32.

    Raises:
        ValueError: If the numbers of axes differ, or there is no axis of
            positions.

    Examples:

    >>> import numpy as np
    >>> from keras_av.losses import attention_transfer
    >>> video = np.random.rand(2, 4, 8, 8, 3)
    >>> [round(float(x), 6) for x in attention_transfer(5 * video, video)]
    [0.0, 0.0]
    """
    sizes = [tuple(x.shape[1:-1]) for x in (student, teacher)]
    if not sizes[0] or len(sizes[0]) != len(sizes[1]):
        raise ValueError(
            "Expected features with the same number of position axes, at "
            "least one. Received student and teacher of shapes "
            f"{tuple(student.shape)} and {tuple(teacher.shape)}."
        )
    common = tuple(map(min, *sizes))
    maps = [
        _attention(_pooled(ops.cast(x, "float32"), common), power)
        for x in (student, teacher)
    ]
    return ops.mean(ops.square(maps[0] - maps[1]), axis=1)


def _attention(x: Tensor, power: float) -> Tensor:
    # Scaled first, since powers of large features would overflow.
    axes = tuple(range(1, len(x.shape)))
    x = ops.abs(x)
    largest = ops.stop_gradient(ops.max(x, axis=axes, keepdims=True))
    x = x / ops.where(largest > 0, largest, 1.0)
    strength = ops.mean(ops.power(x, power), axis=-1)
    return unit_length(ops.reshape(strength, (ops.shape(x)[0], -1)))


def _pooled(x: Tensor, sizes: tuple[int, ...]) -> Tensor:
    """Average the positions that overlap each target position.

    `keras.ops.adaptive_average_pool` returns NaN for some sizes on JAX.
    """
    for axis, size in enumerate(sizes, start=1):
        count = x.shape[axis]
        if count == size:
            continue
        shares = np.zeros((count, size), "float32")
        for n in range(size):
            first, end = n * count // size, -(-(n + 1) * count // size)
            shares[first:end, n] = 1.0 / (end - first)
        x = ops.moveaxis(ops.tensordot(x, shares, axes=(axis, 0)), -1, axis)
    return x
