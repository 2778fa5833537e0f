"""A convolution over the frames of a clip, separately at each pixel."""

from typing import Any

import keras
from keras import ops

from keras_av.layers.convolution.conv2d import Conv2D
from keras_av.layers.convolution.he_normal import HeNormal
from keras_av.ops.types import Tensor


@keras.saving.register_keras_serializable(package="keras_av")
class TemporalConv(keras.layers.Layer):
    """1D convolution over time with the same kernel at every pixel, no bias.

    It equals `keras.layers.Conv3D` with a kernel of `(k, 1, 1)` and `k // 2`
    zeros before and after, but is computed as `Conv2D` with a kernel of
    `(k, 1)` over `(frames, height * width)`: under XLA on a CPU a thin 3D
    kernel takes up to 10 times as long.

    Args:
        filters: Number of output channels.
        kernel_size: Length of the kernel, in frames, odd.
        strides: Step over time, in frames. Defaults to 1.
        **kwargs: `name`, `dtype` and others of `keras.layers.Layer`.

    Call arguments:
        inputs: Clips, `(batch, frames, height, width, channels)`.

    Output shape:
        `(batch, ceil(frames / strides), height, width, filters)`.

    Raises:
        ValueError: If the kernel size is not odd, or inputs are not of rank 5.

    Examples:

    >>> import numpy as np
    >>> from keras_av.layers import TemporalConv
    >>> conv = TemporalConv(filters=8, kernel_size=3, strides=2)
    >>> tuple(conv(np.zeros((2, 5, 10, 11, 3), "float32")).shape)
    (2, 3, 10, 11, 8)
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int,
        strides: int = 1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if kernel_size % 2 == 0:
            raise ValueError(
                f"Received kernel_size={kernel_size}. Expected an odd number."
            )
        self.filters = filters
        self.kernel_size = kernel_size
        self.strides = strides
        self.conv = Conv2D(
            filters,
            (kernel_size, 1),
            (strides, 1),
            # Without strides, "same" is symmetric and fastest.
            padding="same" if strides == 1 else "valid",
            use_bias=False,
            kernel_initializer=HeNormal(),
            data_format="channels_last",
            dtype=self.dtype_policy,
        )

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        if len(input_shape) != 5:
            raise ValueError(
                f"Received inputs of shape {tuple(input_shape)}. Expected "
                "clips (batch, frames, height, width, channels)."
            )
        self.conv.build((None, None, None, input_shape[-1]))

    def call(self, inputs: Tensor) -> Tensor:
        batch, frames, height, width, channels = ops.shape(inputs)
        x = ops.reshape(inputs, (batch, frames, height * width, channels))
        margin = self.kernel_size // 2
        if self.strides > 1 and margin:
            x = ops.pad(x, ((0, 0), (margin, margin), (0, 0), (0, 0)))
        x = self.conv(x)
        frames = ops.shape(x)[1]
        return ops.reshape(x, (batch, frames, height, width, self.filters))

    def compute_output_shape(
        self, input_shape: tuple[int | None, ...]
    ) -> tuple[int | None, ...]:
        batch, frames, height, width, _ = input_shape
        frames = None if frames is None else -(-frames // self.strides)
        return (batch, frames, height, width, self.filters)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
        }
