"""The training step on TensorFlow."""

import warnings
from typing import Any

import keras
import tensorflow as tf

from keras_av.ops.replicas import replica_count, replica_sum
from keras_av.ops.rows import after
from keras_av.ops.types import Tensor
from keras_av.training.clipping import clip_gradients, clips
from keras_av.training.known_gradients import known_gradients
from keras_av.training.token import step_token
from keras_av.training.workers import num_workers


class TrainStep:
    """`train_step` and `test_step` of a `StepModel`, on TensorFlow."""

    def _maybe_symbolic_build(
        self: Any, iterator: Any = None, data_batch: Any = None
    ) -> None:
        # Under a strategy Keras would build the model from the mean of a
        # batch over replicas, which is undefined for boolean masks. A method
        # is built by its constructor; only the optimizer remains to be built.
        if self.optimizer is not None:
            with self.distribute_strategy.scope():
                self.freezing.build_optimizer()

    def compile(
        self: Any, optimizer: Any = "rmsprop", *args: Any, **kwargs: Any
    ) -> None:
        replicas = self.distribute_strategy.num_replicas_in_sync
        steps = kwargs.get("steps_per_execution", 1)
        if replicas > 1 and steps != 1:
            raise ValueError(
                "steps_per_execution does not work under a tf.distribute "
                "strategy with several replicas. Received: "
                f"steps_per_execution={steps}, {replicas} replicas. Leave it "
                "out; a larger batch_size has fewer steps."
            )
        parent: Any = super()
        parent.compile(optimizer, *args, **kwargs)

    def make_train_function(self: Any, force: bool = False) -> Any:
        if self.distribute_strategy.num_replicas_in_sync > 1:
            _warn_of_drift(self)
        parent: Any = super()
        return parent.make_train_function(force=force)

    def train_step(self: Any, data: Any) -> dict[str, Tensor]:
        """One training step: losses, gradients, update, `commit`, metrics."""
        batch = self._as_batch(data)
        with _arrived(batch):
            return _logs(self._train(batch))

    def _train(self: Any, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        with tf.GradientTape() as tape:
            total, losses, outputs = self._forward(batch, training=True)
            # The optimizer sums gradients over replicas.
            scaled = self.optimizer.scale_loss(total / replica_count())
        variables = self.freezing.trained()
        gradients = tape.gradient(scaled, variables)
        if replica_count() > 1:
            gradients = _reduce(gradients, self.optimizer)
        known = [g for g in gradients if g is not None]
        # Grappler drops some control edges from reads to writes. A weight
        # that is read twice was occasionally written before its second read.
        with tf.control_dependencies([total, *known]):
            self.optimizer.apply(*known_gradients(gradients, variables))
        with after(step_token(total, gradients)):
            self.commit(batch, outputs)
        return self._finish(batch, total, losses, outputs, training=True)

    def test_step(self: Any, data: Any) -> dict[str, Tensor]:
        """Losses and metrics of a batch."""
        batch = self._as_batch(data)
        with _arrived(batch):
            total, losses, outputs = self._forward(batch, training=False)
            return _logs(
                self._finish(batch, total, losses, outputs, training=False)
            )


def _warn_of_drift(model: keras.Model) -> None:
    """Warn of batch statistics that each replica would have of its own."""
    drifting = [
        layer.name
        for layer in model._flatten_layers()
        if isinstance(layer, keras.layers.BatchNormalization)
        and layer.trainable
        and not layer.synchronized
    ]
    if drifting:
        warnings.warn(
            f"The BatchNormalization layers {drifting} normalize with the "
            "statistics of each replica, and their moving statistics drift "
            "apart. Make them with synchronized=True, or with "
            "keras_av.layers.batch_norm inside the scope of the strategy.",
            stacklevel=2,
        )


def _arrived(batch: dict[str, Tensor]) -> Any:
    """Have a step wait for its batch.

    A dataset that does not know its length ends with a step without a batch.
    What such a step could do by then, such as advance the random generators,
    was done or not, by chance.
    """
    return tf.control_dependencies(keras.tree.flatten(batch))


def _logs(values: dict[str, Tensor]) -> dict[str, Tensor]:
    """Results of a step in the shape that Keras expects.

    With several workers Keras takes the mean along an axis.
    """
    if num_workers() > 1:
        return {name: value[None] for name, value in values.items()}
    return values


def _reduce(
    gradients: list[Tensor | None], optimizer: keras.optimizers.Optimizer
) -> list[Tensor | None]:
    """Sum gradients over replicas first if the optimizer needs the sum.

    Keras clips, and checks for overflow, before it sums over replicas, using
    the gradient of each replica. The gradients are therefore summed and
    clipped here and divided by the number of replicas, so that Keras's sum is
    the clipped sum.
    """
    if optimizer.gradient_accumulation_steps:
        raise ValueError(
            "gradient_accumulation_steps does not work under a tf.distribute "
            "strategy with several replicas. Remove it from the optimizer "
            "and use a larger batch_size."
        )
    scaled = isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
    inner = optimizer.inner_optimizer if scaled else optimizer
    if not scaled and not clips(inner):
        return gradients
    known = [g for g in gradients if g is not None]
    known = replica_sum(known)
    if clips(inner):
        scale = optimizer.dynamic_scale if scaled else 1.0
        known = clip_gradients(known, inner, scale)
    parts = iter(known)
    return [
        None if g is None else next(parts) / replica_count() for g in gradients
    ]
