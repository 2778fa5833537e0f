"""Fusion of the descriptors of several modalities."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_av.ops.types import Tensor


@keras.saving.register_keras_serializable(package="keras_av")
class FusionMLP(keras.layers.Layer):
    """Fuses descriptors: concatenation and an MLP with one hidden layer.

    `f = W2 relu(W1 [z_1; z_2; ...] + b1) + b2`. After distillation, its output
    replaces the descriptor of a whole clip. With 512 image features and 512
    audio features it has 1,574,400 weights.

    References:
        - [Gao et al., 2020](https://arxiv.org/abs/1912.04487)

    Args:
        units: Size of the descriptor. Defaults to 512.
        hidden_units: Size of the hidden layer. Defaults to 1024.
        kernel_initializer: Initializer of both layers. Defaults to a normal
            distribution of standard deviation 0.02, as in the original.
        **kwargs: `name`, `dtype` and others of `keras.layers.Layer`.

    Call arguments:
        inputs: List of descriptors, `(..., channels)` each.

    Output shape:
        `(..., units)`, float32 regardless of the dtype policy.

    Examples:

    >>> import numpy as np
    >>> from keras_av.layers import FusionMLP
    >>> fusion = FusionMLP(units=8, hidden_units=16)
    >>> image, audio = np.ones((2, 6)), np.ones((2, 4))
    >>> tuple(fusion([image, audio]).shape)
    (2, 8)
    """

    def __init__(
        self,
        units: int = 512,
        hidden_units: int = 1024,
        kernel_initializer: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.hidden_units = hidden_units
        self.kernel_initializer = keras.initializers.get(
            kernel_initializer or keras.initializers.RandomNormal(stddev=0.02)
        )
        # The two layers must draw different numbers.
        first, second = [
            keras.initializers.get(self.kernel_initializer).clone()
            for _ in range(2)
        ]
        self.hidden_layer = keras.layers.Dense(
            hidden_units,
            activation="relu",
            kernel_initializer=first,
            dtype=self.dtype_policy,
        )
        self.output_layer = keras.layers.Dense(
            units, kernel_initializer=second, dtype="float32"
        )

    def build(self, input_shape: Sequence[tuple[int | None, ...]]) -> None:
        channels = sum(shape[-1] or 0 for shape in input_shape)
        self.hidden_layer.build((None, channels))
        self.output_layer.build((None, self.hidden_units))

    def call(self, inputs: Sequence[Tensor]) -> Tensor:
        x = ops.concatenate(
            [ops.cast(x, self.compute_dtype) for x in inputs], axis=-1
        )
        return self.output_layer(self.hidden_layer(x))

    def compute_output_spec(
        self, inputs: Sequence[keras.KerasTensor]
    ) -> keras.KerasTensor:
        return keras.KerasTensor((*inputs[0].shape[:-1], self.units), "float32")

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "units": self.units,
            "hidden_units": self.hidden_units,
            "kernel_initializer": keras.initializers.serialize(
                self.kernel_initializer
            ),
        }
