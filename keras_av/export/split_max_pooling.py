"""Maximum over cubes, one axis after the other."""

from typing import Any

import keras
from keras import ops

from keras_av.ops.types import Tensor


class SplitMaxPooling(keras.layers.Layer):
    """Maximum pooling of video within frames, then over time.

    It equals `keras.layers.MaxPooling3D` with `padding="valid"`, by operations
    that every runtime has.

    Args:
        pool_size: Sizes along time, height and width.
        strides: Strides along time, height and width.
        **kwargs: `name` and others of `keras.layers.Layer`.

    Call arguments:
        inputs: Feature maps, `(batch, frames, height, width, channels)`.

    Output shape:
        The same as that of `keras.layers.MaxPooling3D`.

    Examples:

    >>> import numpy as np
    >>> from keras_av.export.split_max_pooling import SplitMaxPooling
    >>> cube = np.arange(8.0).reshape((1, 2, 2, 2, 1))
    >>> float(SplitMaxPooling((2, 2, 2), (2, 2, 2))(cube).numpy().squeeze())
    7.0
    """

    def __init__(
        self,
        pool_size: tuple[int, int, int],
        strides: tuple[int, int, int],
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.pool_size = pool_size
        self.strides = strides

    def call(self, inputs: Tensor) -> Tensor:
        channels = inputs.shape[-1]
        _, frames, height, width, _ = ops.shape(inputs)
        x = ops.reshape(inputs, (-1, height, width, channels))
        x = self._pool(x, self.pool_size[1:], self.strides[1:])
        _, height, width, _ = ops.shape(x)
        # Each position becomes a column of frames.
        x = ops.reshape(x, (-1, frames, height * width, channels))
        x = self._pool(x, (self.pool_size[0], 1), (self.strides[0], 1))
        frames = ops.shape(x)[1]
        return ops.reshape(x, (-1, frames, height, width, channels))

    def _pool(
        self, x: Tensor, size: tuple[int, ...], strides: tuple[int, ...]
    ) -> Tensor:
        if size == strides == (1, 1):
            return x
        return ops.max_pool(x, size, strides, "valid", "channels_last")

    def compute_output_shape(
        self, input_shape: tuple[int | None, ...]
    ) -> tuple[int | None, ...]:
        sizes = [
            None if size is None else (size - pool) // stride + 1
            for size, pool, stride in zip(
                input_shape[1:4], self.pool_size, self.strides
            )
        ]
        return (input_shape[0], *sizes, input_shape[4])
