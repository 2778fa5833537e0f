"""A convolution within each frame of a clip."""

from typing import Any

import keras
from keras import ops

from keras_av.layers.convolution.conv2d import Conv2D
from keras_av.layers.convolution.he_normal import HeNormal
from keras_av.ops.types import Tensor


@keras.saving.register_keras_serializable(package="keras_av")
class SpatialConv(keras.layers.Layer):
    """2D convolution of every frame with the same kernel, without bias.

    It equals `keras.layers.Conv3D` with a kernel of `(1, k, k)` and `k // 2`
    zeros on every side, but is computed as `Conv2D` over all frames at once:
    under XLA on a CPU a flat 3D kernel takes up to 10 times as long. Both
    sides are padded equally; `padding="same"` would shift a strided
    convolution of an even size by one pixel.

    Args:
        filters: Number of output channels.
        kernel_size: Height and width of the kernel, in pixels, odd.
        strides: Step over height and width, in pixels. Defaults to 1.
        temporal_strides: Step over time, in frames. Defaults to 1.
        **kwargs: `name`, `dtype` and others of `keras.layers.Layer`.

    Call arguments:
        inputs: Clips, `(batch, frames, height, width, channels)`.

    Output shape:
        `(batch, ceil(frames / temporal_strides), ceil(height / strides),
        ceil(width / strides), filters)`.

    Raises:
        ValueError: If the kernel size is not odd, or inputs are not of rank 5.

    Examples:

    >>> import numpy as np
    >>> from keras_av.layers import SpatialConv
    >>> conv = SpatialConv(filters=8, kernel_size=3, strides=2)
    >>> tuple(conv(np.zeros((2, 4, 10, 11, 3), "float32")).shape)
    (2, 4, 5, 6, 8)
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int,
        strides: int = 1,
        temporal_strides: int = 1,
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
        self.temporal_strides = temporal_strides
        self.conv = Conv2D(
            filters,
            kernel_size,
            strides,
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
        x = inputs[:, :: self.temporal_strides]
        batch, frames, height, width, channels = ops.shape(x)
        x = ops.reshape(x, (batch * frames, height, width, channels))
        margin = self.kernel_size // 2
        if self.strides > 1 and margin:
            sides = (margin, margin)
            x = ops.pad(x, ((0, 0), sides, sides, (0, 0)))
        x = self.conv(x)
        return ops.reshape(x, (batch, frames, *ops.shape(x)[1:]))

    def compute_output_shape(
        self, input_shape: tuple[int | None, ...]
    ) -> tuple[int | None, ...]:
        batch, frames, *size, _ = input_shape
        return (
            batch,
            _ceil_divide(frames, self.temporal_strides),
            *(_ceil_divide(pixels, self.strides) for pixels in size),
            self.filters,
        )

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "temporal_strides": self.temporal_strides,
        }


def _ceil_divide(size: int | None, strides: int) -> int | None:
    return None if size is None else -(-size // strides)
