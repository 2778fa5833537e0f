"""LSTM cell with weight normalization."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_av.ops.types import Tensor


@keras.saving.register_keras_serializable(package="keras_av")
class WeightNormLSTMCell(keras.layers.Layer):
    """LSTM cell with weight normalization of both kernels.

    Each column of a kernel is `w = g v / |v|`, with a gain `g` for every unit
    of every gate:

        i, f, c, o = split(x W + h U + b)
        c' = sigmoid(f) c + sigmoid(i) tanh(c)
        h' = sigmoid(o) tanh(c')

    All biases are initialized to zero, including that of the forget gate. Use
    it in `keras.layers.RNN`, or call it step by step.

    References:
        - [Salimans & Kingma, 2016](https://arxiv.org/abs/1602.07868)

    Args:
        units: Size of the state.
        seed: Integer seed of the initial weights.
        **kwargs: `name`, `dtype` and others of `keras.layers.Layer`.

    Call arguments:
        inputs: Inputs, `(batch, channels)`.
        states: Output and cell state of the previous step, `(batch, units)`
            each.

    Returns:
        The output, `(batch, units)`, and the two new states.

    Examples:

    >>> import numpy as np
    >>> from keras_av.layers import WeightNormLSTMCell
    >>> zeros = np.zeros((2, 8), "float32")
    >>> output, states = WeightNormLSTMCell(8)(np.ones((2, 4)), [zeros, zeros])
    >>> tuple(output.shape), len(states)
    ((2, 8), 2)
    """

    def __init__(
        self, units: int, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.seed = seed
        self.state_size = [units, units]
        self.output_size = units

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        channels = input_shape[-1] or 0
        self.input_kernel, self.input_gain = self._add(channels, "input", 0)
        self.recurrent_kernel, self.recurrent_gain = self._add(
            self.units, "recurrent", 1
        )
        self.bias = self.add_weight(
            shape=(4 * self.units,), initializer="zeros", name="bias"
        )

    def _add(self, channels: int, name: str, number: int) -> tuple[Any, Any]:
        seed = None if self.seed is None else self.seed + number
        kernel = self.add_weight(
            shape=(channels, 4 * self.units),
            initializer=keras.initializers.GlorotUniform(seed),
            name=f"{name}_kernel",
        )
        # Initially the normalized kernel is the one drawn.
        lengths = ops.sqrt(ops.sum(ops.square(kernel), axis=0))
        gain = self.add_weight(
            shape=(4 * self.units,),
            initializer=lambda shape, dtype: ops.cast(lengths, dtype),
            name=f"{name}_gain",
        )
        return kernel, gain

    def call(
        self,
        inputs: Tensor,
        states: Sequence[Tensor],
        training: bool = False,
    ) -> tuple[Tensor, list[Tensor]]:
        h, memory = states
        gates = (
            ops.matmul(inputs, _kernel(self.input_kernel, self.input_gain))
            + ops.matmul(h, _kernel(self.recurrent_kernel, self.recurrent_gain))
            + self.bias
        )
        i, f, c, o = ops.split(gates, 4, axis=-1)
        memory = ops.sigmoid(f) * memory + ops.sigmoid(i) * ops.tanh(c)
        h = ops.sigmoid(o) * ops.tanh(memory)
        return h, [h, memory]

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "units": self.units,
            "seed": self.seed,
        }


def _kernel(kernel: Tensor, gain: Tensor) -> Tensor:
    kernel = ops.convert_to_tensor(kernel)
    # Squares of float16 weights would underflow.
    precise = ops.cast(kernel, "float32")
    scale = ops.rsqrt(ops.sum(ops.square(precise), axis=0))
    scale = scale * ops.cast(gain, "float32")
    return ops.cast(precise * scale, kernel.dtype)
