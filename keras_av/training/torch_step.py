"""The training step on PyTorch."""

from typing import Any

import keras
import torch

from keras_av.ops.rows import after
from keras_av.ops.types import Tensor
from keras_av.training.known_gradients import known_gradients
from keras_av.training.token import step_token


class TrainStep:
    """`train_step` and `test_step` of a `StepModel`, on PyTorch."""

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


def _detach(structure: Any) -> Any:
    return keras.tree.map_structure(
        lambda x: x.detach() if isinstance(x, torch.Tensor) else x, structure
    )
