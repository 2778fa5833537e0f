"""Projection head of contrastive methods."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_av.ops.types import Tensor

# Shorter vectors are not scaled up to unit length, and the gradient is at
# most its inverse times that of the output. With
# `keras.layers.UnitNormalization` the gradient of a zero vector is NaN.
_LEAST_NORM = 1e-6


@keras.saving.register_keras_serializable(package="keras_av")
class ProjectionHead(keras.layers.Layer):
    """An MLP followed by scaling to unit length.

    Contrastive losses compare the outputs of this layer instead of the
    descriptors, which can then keep information that the comparison would
    discard. Feature maps are averaged over time and space first.

    References:
        - [Chen et al., 2020](https://arxiv.org/abs/2002.05709)

    Args:
        units: Size of the embedding. Defaults to 128.
        hidden_units: Sizes of the hidden layers, each with a ReLU. Defaults
            to none, a single linear layer.
        seed: Integer seed of the initial weights.
        **kwargs: `name`, `dtype` and others of `keras.layers.Layer`.

    Call arguments:
        inputs: Descriptors, `(batch, channels)`, or feature maps,
            `(batch, ..., channels)`.

    Output shape:
        `(batch, units)`, float32 regardless of the dtype policy, of unit
        length; vectors shorter than 1e-6 are divided by 1e-6 instead.

    Raises:
        ValueError: If a size is not positive.

    Examples:

    >>> import numpy as np
    >>> from keras_av.layers import ProjectionHead
    >>> head = ProjectionHead(128, hidden_units=(512,))
    >>> tuple(head(np.ones((4, 2, 7, 7, 512), "float32")).shape)
    (4, 128)
    """

    def __init__(
        self,
        units: int = 128,
        hidden_units: Sequence[int] = (),
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        sizes = (*hidden_units, units)
        if min(sizes) < 1:
            raise ValueError(
                f"Received units={units} and hidden_units="
                f"{tuple(hidden_units)}. Expected positive sizes."
            )
        self.units = units
        self.hidden_units = tuple(hidden_units)
        self.seed = seed
        *self.hidden_layers, self.output_layer = [
            keras.layers.Dense(
                size,
                activation="relu" if number < len(hidden_units) else None,
                kernel_initializer=keras.initializers.GlorotUniform(
                    None if seed is None else seed + 7919 * number
                ),
                dtype=self.dtype_policy,
            )
            for number, size in enumerate(sizes)
        ]

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        shape = (input_shape[0], input_shape[-1])
        for layer in (*self.hidden_layers, self.output_layer):
            layer.build(shape)
            shape = layer.compute_output_shape(shape)

    def call(self, inputs: Tensor) -> Tensor:
        x = inputs
        middle = tuple(range(1, len(x.shape) - 1))
        if middle:
            # A sum of many float16 values may overflow.
            x = ops.mean(ops.cast(x, "float32"), axis=middle)
            x = ops.cast(x, self.compute_dtype)
        for layer in (*self.hidden_layers, self.output_layer):
            x = layer(x)
        x = ops.cast(x, "float32")
        squares = ops.sum(ops.square(x), axis=-1, keepdims=True)
        return x * ops.rsqrt(ops.maximum(squares, _LEAST_NORM**2))

    def compute_output_spec(self, inputs: Tensor) -> keras.KerasTensor:
        return keras.KerasTensor((inputs.shape[0], self.units), "float32")

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "units": self.units,
            "hidden_units": list(self.hidden_units),
            "seed": self.seed,
        }
