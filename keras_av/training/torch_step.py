"""The training step on PyTorch."""

import contextlib
import functools
import os
from collections.abc import Iterator
from typing import Any

import keras
import torch

from keras_av.ops.replicas import replica_count, replica_sum
from keras_av.ops.rows import after
from keras_av.ops.torch_replicas import step_of_all
from keras_av.ops.types import Tensor
from keras_av.training.known_gradients import known_gradients
from keras_av.training.token import step_token
from keras_av.training.torch_alike import (
    average_statistics,
    check_alike,
    start_alike,
    warn_of_drift,
)
from keras_av.training.torch_batches import own_part
from keras_av.training.workers import num_workers, worker_number

# What torchrun, or whoever starts the processes, tells each of them.
_TOLD = {"MASTER_ADDR", "MASTER_PORT", "RANK", "WORLD_SIZE"}


class TrainStep:
    """`train_step` and `test_step` of a `StepModel`, on PyTorch.

    With several processes each computes the gradient of its share of a batch.
    `DistributedDataParallel` would not do: it wraps one module that is called
    once in a step, and expects a gradient of each of its parameters. A method
    has several networks, calls some twice or not at all, freezes them between
    epochs, and changes banks that no gradient reaches.

    At the beginning of an epoch, after all callbacks, each process takes the
    state of process 0. They differ where a process has drawn by itself: initial
    weights, and banks that a phase has reset without a seed.
    """

    @functools.wraps(keras.Model.fit)
    def fit(self: Any, *args: Any, **kwargs: Any) -> Any:
        parent: Any = super()
        if num_workers() == 1:
            return parent.fit(*args, **kwargs)
        if worker_number() > 0:
            kwargs["verbose"] = 0
        given = kwargs.get("callbacks")
        last = keras.callbacks.LambdaCallback(
            on_epoch_begin=lambda epoch, logs: start_alike(self)
        )
        if isinstance(given, keras.callbacks.CallbackList):
            given.append(last)
        else:
            kwargs["callbacks"] = [*(given or ()), last]
        history = parent.fit(*args, **kwargs)
        check_alike(self)
        return history

    def make_train_function(self: Any, force: bool = False) -> Any:
        _check_processes(self)
        if num_workers() > 1 and self.train_function is None:
            warn_of_drift(self)
            start_alike(self)
        parent: Any = super()
        return parent.make_train_function(force=force)

    def make_test_function(self: Any, force: bool = False) -> Any:
        _check_processes(self)
        if num_workers() > 1:
            check_alike(self)
        parent: Any = super()
        return parent.make_test_function(force=force)

    def train_step(self: Any, data: Any) -> dict[str, Tensor]:
        """One training step: losses, gradients, update, `commit`, metrics."""
        batch = own_part(data, self._as_batch(data))
        with step_of_all():
            total, losses, outputs = self._forward(batch, training=True)
            self.zero_grad()
            # Divided before, or float16 would overflow sooner than in one.
            shared = total / replica_count()
            self.optimizer.scale_loss(shared).backward()
            variables = self.freezing.trained()
            gradients = _sum([v.value.grad for v in variables], variables)
            total, losses, outputs = _detach((total, losses, outputs))
            with torch.no_grad():
                self.optimizer.apply(*known_gradients(gradients, variables))
                with after(step_token(total, gradients)):
                    self.commit(batch, outputs)
                average_statistics(self)
                return self._log(batch, total, losses, outputs, training=True)

    def _log(self: Any, *results: Any, training: bool) -> dict[str, Tensor]:
        """Losses and metrics of the batches of all replicas."""
        with _summed(self.metrics_variables):
            logs = self._finish(*results, training=training)
        return logs if replica_count() == 1 else self.get_metrics_result()

    def test_step(self: Any, data: Any) -> dict[str, Tensor]:
        """Losses and metrics of a batch."""
        batch = own_part(data, self._as_batch(data))
        with step_of_all():
            total, losses, outputs = self._forward(batch, training=False)
            return self._log(batch, total, losses, outputs, training=False)


def _check_processes(model: Any) -> None:
    """Refuse what would train several models, or what no test has run."""
    distribution = keras.distribution.distribution()
    if distribution is not None:
        raise ValueError(
            "On PyTorch a method trains on several devices by the processes "
            f"of torchrun. Received: {distribution}, which Keras leaves out of "
            "account there. Remove it by "
            "keras.distribution.set_distribution(None)."
        )
    count = num_workers()
    if count == 1 and _TOLD <= set(os.environ):
        count = int(os.environ["WORLD_SIZE"])
        if count > 1:
            raise ValueError(
                f"This is one of {count} processes that have not met, each of "
                "which would train a model of its own. Call "
                "torch.distributed.init_process_group() before the model is "
                "made."
            )
    if count > 1 and model.jit_compile:
        raise ValueError(
            "jit_compile=True does not work with several processes of "
            "torch.distributed. Leave it out of compile()."
        )


def _sum(
    gradients: list[Tensor | None], variables: list[keras.Variable]
) -> list[Tensor | None]:
    """Sums of gradients over replicas; None where no replica has one.

    They are exchanged as one, and before the optimizer clips or accumulates
    them, or looks for an overflow.
    """
    if replica_count() == 1 or not variables:
        return gradients
    values = [v.value for v in variables]
    dtype = functools.reduce(
        torch.promote_types, [v.dtype for v in values], torch.float32
    )
    filled = [
        torch.zeros_like(v) if g is None else g
        for g, v in zip(gradients, values)
    ]
    known = torch.tensor([g is not None for g in gradients]).to(filled[0])
    flat = [x.detach().to(dtype).reshape(-1) for x in [*filled, known]]
    *sums, known = replica_sum(torch.cat(flat)).split([len(x) for x in flat])
    return [
        total.reshape(v.shape).to(v.dtype) if some else None
        for total, v, some in zip(sums, values, known.tolist())
    ]


@contextlib.contextmanager
def _summed(variables: list[keras.Variable]) -> Iterator[None]:
    """Add to each variable of a metric what all replicas add to it."""
    if replica_count() == 1:
        yield
        return
    before = [v.value.detach().clone() for v in variables]
    for variable in variables:
        variable.assign(torch.zeros_like(variable.value))
    yield
    flat = [v.value.detach().to(torch.float64).reshape(-1) for v in variables]
    sums = replica_sum(torch.cat(flat)).split([len(x) for x in flat])
    for variable, old, added in zip(variables, before, sums):
        variable.assign(old + added.reshape(old.shape).to(old.dtype))


def _detach(structure: Any) -> Any:
    return keras.tree.map_structure(
        lambda x: x.detach() if isinstance(x, torch.Tensor) else x, structure
    )
