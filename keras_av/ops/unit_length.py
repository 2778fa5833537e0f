"""Scaling to unit length with finite gradients at zero."""

from keras import ops

from keras_av.ops.types import Tensor

# Its square is a normal number of float32.
_LEAST_LENGTH = 1e-12


def unit_length(x: Tensor) -> Tensor:
    """Scale vectors to length 1, in float32.

    A vector of zeros, such as that of a silent clip, stays zero and has a
    finite gradient; the gradient of `keras.ops.normalize` is NaN on some
    backends.

    Args:
        x: Vectors, `(..., dim)`.

    Returns:
        Vectors of the same shape, float32.

    Examples:

    >>> import numpy as np
    >>> from keras_av.ops import unit_length
    >>> tuple(unit_length(np.zeros((2, 3))).shape)
    (2, 3)
    """
    x = ops.cast(x, "float32")
    squares = ops.sum(ops.square(x), axis=-1, keepdims=True)
    return x * ops.rsqrt(ops.maximum(squares, _LEAST_LENGTH**2))
