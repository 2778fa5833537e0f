"""The training step on PyTorch."""

import os
from typing import Any

import keras
import torch
from torch import distributed

from keras_av.ops.rows import after
from keras_av.ops.types import Tensor
from keras_av.training.known_gradients import known_gradients
from keras_av.training.token import step_token
from keras_av.training.workers import num_workers


class TrainStep:
    """`train_step` and `test_step` of a `StepModel`, on PyTorch."""

    def make_train_function(self: Any, force: bool = False) -> Any:
        _check_alone()
        parent: Any = super()
        return parent.make_train_function(force=force)

    def train_step(self: Any, data: Any) -> dict[str, Tensor]:
        """One training step: losses, gradients, update, `commit`, metrics."""
        batch = self._as_batch(data)
        total, losses, outputs = self._forward(batch, training=True)
        self.zero_grad()
        self.optimizer.scale_loss(total).backward()
        variables = self.freezing.trained()
        gradients = [v.value.grad for v in variables]
        total, losses, outputs = _detach((total, losses, outputs))
        with torch.no_grad():
            self.optimizer.apply(*known_gradients(gradients, variables))
            with after(step_token(total, gradients)):
                self.commit(batch, outputs)
            return self._finish(batch, total, losses, outputs, training=True)

    def test_step(self: Any, data: Any) -> dict[str, Tensor]:
        """Losses and metrics of a batch."""
        batch = self._as_batch(data)
        total, losses, outputs = self._forward(batch, training=False)
        return self._finish(batch, total, losses, outputs, training=False)


def _check_alone() -> None:
    """Refuse to train a model in each of several processes, as if one."""
    count = num_workers()
    if distributed.is_torchelastic_launched():
        # Whether or not the processes have met already.
        count = max(count, int(os.environ["WORLD_SIZE"]))
    if count > 1:
        raise ValueError(
            "On PyTorch a method trains in one process. Received: "
            f"torch.distributed with {count} processes, each of which would "
            "train a model of its own. Start one process, or train on several "
            "devices with TensorFlow or JAX."
        )
    distribution = keras.distribution.distribution()
    if distribution is not None:
        raise ValueError(
            "On PyTorch a method trains on one device. Received: "
            f"{distribution}, which Keras leaves out of account there. Remove "
            "it by keras.distribution.set_distribution(None), or train on "
            "several devices with TensorFlow or JAX."
        )


def _detach(structure: Any) -> Any:
    return keras.tree.map_structure(
        lambda x: x.detach() if isinstance(x, torch.Tensor) else x, structure
    )
