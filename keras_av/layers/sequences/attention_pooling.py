"""Attention pooling over a sequence of features."""

from typing import Any

import keras
from keras import ops

from keras_av.ops.types import Tensor


@keras.saving.register_keras_serializable(package="keras_av")
class AttentionPooling(keras.layers.Layer):
    """Weighted mean of the entries of a sequence, by learned weights.

    `sum_n w_n x_n` with `w = softmax_n(v . tanh(W x_n + b))` over the valid
    entries.

    References:
        - [Ilse et al., 2018](https://arxiv.org/abs/1802.04712)

    Args:
        units: Size of the hidden layer. Defaults to 128.
        seed: Integer seed of the initial weights.
        **kwargs: `name`, `dtype` and others of `keras.layers.Layer`.

    Call arguments:
        sequence: Entries, `(batch, entries, channels)`.
        mask: Booleans, `(batch, entries)`, with at least one True in each row.
            Defaults to None: all entries are valid.

    Output shape:
        `(batch, channels)`, float32.

    Examples:

    >>> import numpy as np
    >>> from keras_av.layers import AttentionPooling
    >>> entries = np.array([[[1.0], [3.0], [9.0]]])
    >>> pooling = AttentionPooling(units=4, seed=0)
    >>> one = pooling(entries, np.array([[False, True, False]]))
    >>> float(one[0, 0])
    3.0
    """

    def __init__(
        self, units: int = 128, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.seed = seed
        seeds = (None, None) if seed is None else (seed, seed + 1)
        self.hidden_dense, self.score_dense = (
            keras.layers.Dense(
                size,
                activation,
                use_bias=activation is not None,
                kernel_initializer=keras.initializers.GlorotUniform(one),
                dtype=self.dtype_policy,
            )
            for size, activation, one in zip((units, 1), ("tanh", None), seeds)
        )

    def build(
        self,
        sequence_shape: tuple[int | None, ...],
        mask_shape: tuple[int | None, ...] | None = None,
    ) -> None:
        self.hidden_dense.build(sequence_shape)
        self.score_dense.build((*sequence_shape[:-1], self.units))
        self.built = True

    def call(self, sequence: Tensor, mask: Tensor | None = None) -> Tensor:
        scores = self.score_dense(self.hidden_dense(sequence))[..., 0]
        scores = ops.cast(scores, "float32")
        if mask is not None:
            scores = ops.where(mask, scores, -1e30)
        weights = keras.activations.softmax(scores)
        return ops.einsum("bn,bnd->bd", weights, ops.cast(sequence, "float32"))

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "units": self.units,
            "seed": self.seed,
        }
