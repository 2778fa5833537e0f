"""A network applied to patches of a spectrogram."""

from typing import Any

import keras
from keras import ops

from keras_av.ops.types import Tensor


@keras.saving.register_keras_serializable(package="keras_av")
class PerPatch(keras.layers.Layer):
    """Applies a network to overlapping patches of a spectrogram.

    Patch `p` holds the times `p S, ..., p S + L - 1`, with `L` the length of
    the input of the network; times that fill no patch are left out.

    Args:
        network: Functional model from `(batch, L, mel, 1)` to `(batch, dim)`.
        sequence_stride: Step `S` from patch to patch, in times.
        **kwargs: `name`, `dtype` and others of `keras.layers.Layer`.

    Call arguments:
        inputs: Spectrograms, `(batch, time, mel, 1)`.

    Output shape:
        `(batch, 1 + (time - L) // S, dim)`.

    Examples:

    >>> import keras, numpy as np
    >>> from keras_av.models.per_patch import PerPatch
    >>> network = keras.Sequential([keras.Input((4, 2, 1)),
    ...                             keras.layers.Flatten()])
    >>> tuple(PerPatch(network, 2)(np.zeros((3, 9, 2, 1))).shape)
    (3, 3, 8)
    """

    def __init__(
        self, network: keras.Model, sequence_stride: int, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.network = network
        self.sequence_stride = sequence_stride
        self.length = network.input_shape[1]

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        time, sizes = ops.shape(inputs)[1], inputs.shape[2:]
        count = 1 + (time - self.length) // self.sequence_stride
        starts = ops.arange(count, dtype="int32") * self.sequence_stride
        times = ops.expand_dims(starts, 1) + ops.arange(
            self.length, dtype="int32"
        )
        patches = ops.take(inputs, ops.reshape(times, (-1,)), axis=1)
        patches = ops.reshape(patches, (-1, self.length, *sizes))
        found = self.network(patches, training=training)
        return ops.reshape(found, (-1, count, found.shape[-1]))

    def compute_output_shape(
        self, input_shape: tuple[int | None, ...]
    ) -> tuple[int | None, ...]:
        batch, time = input_shape[:2]
        count = None
        if time is not None:
            count = 1 + (time - self.length) // self.sequence_stride
        return (batch, count, self.network.output_shape[-1])

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "network": keras.saving.serialize_keras_object(self.network),
            "sequence_stride": self.sequence_stride,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "PerPatch":
        network = keras.saving.deserialize_keras_object(config["network"])
        return cls(**{**config, "network": network})
