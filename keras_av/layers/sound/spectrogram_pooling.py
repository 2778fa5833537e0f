"""Pooling of the feature map of a spectrogram to one descriptor."""

from typing import Any, Literal

import keras
from keras import ops

from keras_av.ops.types import Tensor


def _max_avg(x: Tensor, axis: int) -> Tensor:
    return ops.max(x, axis) + ops.mean(x, axis)


_REDUCE = {
    "mean": ops.mean,
    "avg": ops.mean,
    "max": ops.max,
    "max_avg": _max_avg,
}


@keras.saving.register_keras_serializable(package="keras_av")
class SpectrogramPooling(keras.layers.Layer):
    """Pools the frequencies of a feature map, then time.

    With `freq_pool="conv"`, each channel and time is the same weighted sum
    over the F frequency cells, `y = sum_f w_f x_f + b`: a 1x1 convolution in
    which frequency takes the place of channels. Pooling over time follows
    directly, without a nonlinearity. A network of stride 16 maps
    `num_mel_bins` to `ceil(num_mel_bins / 16)` cells; the original requires 3
    cells, this layer takes any number.

    References:
        - [Gao et al., 2020](https://arxiv.org/abs/1912.04487), the defaults
        - [Kong et al., 2020](https://arxiv.org/abs/1912.10211), `"mean"` and
          `"max_avg"`

    Args:
        freq_pool: `"conv"`, `"mean"` or `"max"`. Defaults to `"conv"`.
        time_pool: `"max"`, `"avg"`, or `"max_avg"` for their sum. Defaults to
            `"max"`.
        kernel_initializer: Initializer of the weights. Defaults to a normal
            distribution of standard deviation 0.02, as in the original.
        **kwargs: `name`, `dtype` and others of `keras.layers.Layer`.

    Call arguments:
        inputs: Feature maps, `(batch, time, frequency, channels)`.

    Output shape:
        `(batch, channels)`, float32 regardless of the dtype policy.

    Raises:
        ValueError: If a kind of pooling is unknown, or `freq_pool` is `"conv"`
            and the number of frequency cells is not known.

    Examples:

    >>> import numpy as np
    >>> from keras_av.layers import SpectrogramPooling
    >>> tuple(SpectrogramPooling()(np.ones((2, 7, 3, 16))).shape)
    (2, 16)
    """

    def __init__(
        self,
        freq_pool: Literal["conv", "mean", "max"] = "conv",
        time_pool: Literal["max", "avg", "max_avg"] = "max",
        kernel_initializer: Any = None,
        **kwargs: Any,
    ) -> None:
        # A sum over a large map may overflow in half precision.
        super().__init__(**{"dtype": "float32", **kwargs})
        if freq_pool not in ("conv", "mean", "max"):
            raise ValueError(
                "freq_pool must be 'conv', 'mean' or 'max'. Received: "
                f"{freq_pool!r}"
            )
        if time_pool not in ("max", "avg", "max_avg"):
            raise ValueError(
                "time_pool must be 'max', 'avg' or 'max_avg'. Received: "
                f"{time_pool!r}"
            )
        self.freq_pool = freq_pool
        self.time_pool = time_pool
        self.kernel_initializer = keras.initializers.get(
            kernel_initializer or keras.initializers.RandomNormal(stddev=0.02)
        )

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        if self.freq_pool != "conv":
            return
        cells = input_shape[2]
        if cells is None:
            raise ValueError(
                f"freq_pool='conv' has a weight for each frequency cell. "
                f"Received feature maps of shape {tuple(input_shape)}: fix "
                "the number of mel bins, or choose 'mean' or 'max'."
            )
        self.kernel = self.add_weight(
            shape=(cells,), initializer=self.kernel_initializer, name="kernel"
        )
        self.bias = self.add_weight(shape=(), initializer="zeros", name="bias")

    def call(self, inputs: Tensor) -> Tensor:
        x = inputs
        if self.freq_pool == "conv":
            x = ops.einsum("btfc,f->btc", x, self.kernel) + self.bias
        else:
            x = _REDUCE[self.freq_pool](x, axis=2)
        return _REDUCE[self.time_pool](x, axis=1)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "freq_pool": self.freq_pool,
            "time_pool": self.time_pool,
            "kernel_initializer": keras.initializers.serialize(
                self.kernel_initializer
            ),
        }
