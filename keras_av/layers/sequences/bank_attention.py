"""Attention of a recurrent state over the features of a video's clips."""

from typing import Any

import keras
from keras import ops

from keras_av.layers.convolution.batch_norm import batch_norm
from keras_av.ops.types import Tensor


@keras.saving.register_keras_serializable(package="keras_av")
class BankAttention(keras.layers.Layer):
    """Attention of a recurrent state over a bank of clip features.

    The query is an MLP of the state (dense, batch normalization, ReLU, dense);
    a key is a dense layer, batch normalization and ReLU of a bank entry. The
    score of entry n is `key_n . query / sqrt(key_units)`, and the weights are
    the softmax of the scores over the valid entries, 0 elsewhere.

    As in the original, keys of padding contribute to the batch statistics in
    training; in inference, padding has no effect.

    References:
        - [Gao et al., 2020](https://arxiv.org/abs/1912.04487)

    Args:
        key_units: Size of queries and keys. Defaults to 512.
        hidden_units: Size of the hidden layer of the query's MLP. Defaults to
            1024.
        seed: Integer seed of the initial weights.
        **kwargs: `name`, `dtype` and others of `keras.layers.Layer`.

    Call arguments:
        state: States, `(batch, channels)`.
        keys: Keys returned by `keys(bank)`, `(batch, entries, key_units)`.
        mask: Booleans, `(batch, entries)`, with at least one True in each row.

    Output shape:
        Weights, `(batch, entries)`, float32.

    Examples:

    >>> import numpy as np
    >>> from keras_av.layers import BankAttention
    >>> attention = BankAttention(key_units=4, hidden_units=8)
    >>> attention.build((None, 6), (None, None, 5))
    >>> keys = attention.keys(np.ones((2, 10, 5)))
    >>> weights = attention(np.ones((2, 6)), keys, np.ones((2, 10), "bool"))
    >>> tuple(weights.shape)
    (2, 10)
    """

    def __init__(
        self,
        key_units: int = 512,
        hidden_units: int = 1024,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.key_units = key_units
        self.hidden_units = hidden_units
        self.seed = seed
        self.hidden_dense = self._dense(hidden_units, 0)
        self.hidden_norm = batch_norm()
        self.query_dense = self._dense(key_units, 1)
        self.key_dense = self._dense(key_units, 2)
        self.key_norm = batch_norm()

    def _dense(self, units: int, number: int) -> keras.layers.Dense:
        seed = None if self.seed is None else self.seed + number
        return keras.layers.Dense(
            units,
            kernel_initializer=keras.initializers.GlorotUniform(seed),
            dtype=self.dtype_policy,
        )

    def build(
        self,
        state_shape: tuple[int | None, ...],
        bank_shape: tuple[int | None, ...],
    ) -> None:
        self.hidden_dense.build(state_shape)
        self.hidden_norm.build((None, self.hidden_units))
        self.query_dense.build((None, self.hidden_units))
        self.key_dense.build(bank_shape)
        self.key_norm.build((None, None, self.key_units))
        self.built = True

    def keys(self, bank: Tensor, training: bool = False) -> Tensor:
        """Keys of bank entries, `(batch, entries, key_units)`."""
        x = self.key_norm(self.key_dense(bank), training=training)
        return ops.relu(x)

    def call(
        self,
        state: Tensor,
        keys: Tensor,
        mask: Tensor,
        training: bool = False,
    ) -> Tensor:
        x = self.hidden_norm(self.hidden_dense(state), training=training)
        query = ops.cast(self.query_dense(ops.relu(x)), "float32")
        scores = ops.einsum("bnk,bk->bn", ops.cast(keys, "float32"), query)
        scores = scores / self.key_units**0.5
        return keras.activations.softmax(ops.where(mask, scores, -1e30))

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "key_units": self.key_units,
            "hidden_units": self.hidden_units,
            "seed": self.seed,
        }
