"""An encoder whose weights are moving averages of another's."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_av.layers.heads.projection_head import ProjectionHead
from keras_av.layers.memory.momentum import (
    LearningRateSchedule,
    is_schedule,
    next_momentum,
)
from keras_av.ops.types import Tensor
from keras_av.training.template import Template

# Far beyond the numbers that any run draws, and an int32.
_FIRST_DRAW = 2**30


class MomentumEncoder(keras.layers.Layer):
    """A copy of an encoder and its head that follows them slowly.

    `follow` moves each parameter towards that of the encoder,

        parameter <- momentum * parameter + (1 - momentum) * the encoder's.

    Only parameters are averaged. No optimizer trains them, but its layers are
    not frozen: in training, BatchNormalization layers normalize by the batch
    and have moving statistics of their own, and Dropout drops. Random layers
    draw other numbers than those of the encoder, so that both see the same clip
    with another augmentation.

    Args:
        encoder: Encoder to copy, with its present weights.
        head: Its projection head.
        momentum: Share of the old parameters that an update keeps, or a
            schedule of it over the updates.

    Call arguments:
        inputs: Raw clips, as the encoder takes them.
        training: Whether to run the encoder in training mode.

    Returns:
        Unit vectors, `(batch, dim)`, without gradient.
    """

    def __init__(
        self,
        encoder: keras.Model,
        head: ProjectionHead,
        momentum: float | LearningRateSchedule,
        **kwargs: Any,
    ):
        super().__init__(**{"autocast": False, **kwargs})
        self.encoder = Template(encoder).make(encoder.name)
        self.head = Template(head).make(head.name)
        self.head.build(encoder.output_shape)
        self.encoder.set_weights(encoder.get_weights())
        self.head.set_weights(head.get_weights())
        self._momentum = momentum
        # Where the schedule is; without one there is nothing to count.
        self.num_updates: keras.Variable | None = None
        if is_schedule(momentum):
            self.num_updates = self.add_weight(
                name="num_updates",
                shape=(1,),
                initializer="zeros",
                dtype="int",
                trainable=False,
                autocast=False,
            )
        self._averaged = tuple(weight.trainable for weight in self._own())
        for weight in self._own():
            weight.trainable = False
        self._draw_other_numbers()
        self.built = True

    def _own(self) -> list[keras.Variable]:
        return [*self.encoder.weights, *self.head.weights]

    def _draw_other_numbers(self) -> None:
        """Begin each random generator elsewhere in its sequence."""
        weights = {id(weight) for weight in self.encoder.weights}
        for state in self.encoder.variables:
            if id(state) not in weights:
                value = ops.convert_to_numpy(state)
                state.assign(value + np.array([0, _FIRST_DRAW], value.dtype))

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        return ops.stop_gradient(
            self.head(self.encoder(inputs, training=training))
        )

    def follow(self, encoder: keras.Model, head: ProjectionHead) -> None:
        """Move the parameters towards those of the encoder and its head.

        Args:
            encoder: The encoder that this one is a copy of.
            head: Its projection head.
        """
        share = next_momentum(self._momentum, self.num_updates)
        theirs = [*encoder.weights, *head.weights]
        for averaged, own, other in zip(self._averaged, self._own(), theirs):
            if averaged:
                own.assign(share * own + (1.0 - share) * other)
