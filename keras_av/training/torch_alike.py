"""Processes of PyTorch that hold one model."""

import warnings
import zlib
from typing import Any

import keras
import numpy as np
import torch
from torch import distributed

from keras_av.layers.convolution.batch_normalization import BatchNormalization
from keras_av.ops.replicas import replica_count, replica_sum
from keras_av.ops.torch_replicas import group_device
from keras_av.ops.types import Array
from keras_av.training.workers import (
    gather_workers,
    num_workers,
    worker_number,
)


def start_alike(model: Any) -> None:
    """Give every process the state of process 0, random generators included.

    Args:
        model: A compiled `StepModel` whose optimizer is built.

    Raises:
        ValueError: If the processes have made different models.
    """
    variables = _variables(model)
    shapes = [(tuple(v.shape), v.dtype) for v in variables]
    found = gather_workers(np.array([zlib.crc32(repr(shapes).encode())]))
    if (found != found[0]).any():
        raise ValueError(
            "Every process must make the same model and compile it with the "
            f"same optimizer. Received: {len(variables)} variables in process "
            f"{worker_number()}, of other shapes, or in another order, "
            "than in another process."
        )
    with torch.no_grad():
        for variable in variables:
            _send(variable.value)
        # Data that Keras shuffles are shuffled with it.
        state = torch.get_rng_state().to(group_device())
        _send(state)
        torch.set_rng_state(state.cpu())


def check_alike(model: Any) -> None:
    """Refuse to go on with weights that are not the same in all processes.

    It also waits for all of them.

    Args:
        model: A compiled `StepModel`.

    Raises:
        RuntimeError: If they differ.
    """
    variables = _variables(model)
    sums = np.array([_checksum(v) for v in variables], "int64")
    found = gather_workers(sums)
    different = (found != found[0]).any(axis=0)
    if different.any():
        paths = [v.path for v, bad in zip(variables, different) if bad]
        raise RuntimeError(
            f"The {num_workers()} processes hold different values of "
            f"{len(paths)} variables, such as {paths[0]}: they have trained "
            "apart, or were given different weights. Call fit, which begins "
            "with those of process 0, or load the same file in each process, "
            "and change no weights in one process alone."
        )


def warn_of_drift(model: Any) -> None:
    """Warn of layers that normalize the batch of a process by itself.

    Args:
        model: A `StepModel`.
    """
    alone = [
        layer.name
        for layer in _trained(model)
        if not isinstance(layer, BatchNormalization)
    ]
    if alone:
        warnings.warn(
            f"The BatchNormalization layers {alone} normalize with the "
            "statistics of each process; their moving statistics are the mean "
            "over processes. Make them of keras_av.layers.BatchNormalization, "
            "which takes the statistics of the global batch.",
            stacklevel=2,
        )


def average_statistics(model: Any) -> None:
    """Give every process the mean of the moving statistics.

    Where they are equal, it is what they are, to the bit.

    Args:
        model: A `StepModel`.
    """
    if replica_count() == 1:
        return
    values = [
        variable.value
        for layer in _trained(model)
        for variable in (layer.moving_mean, layer.moving_variance)
    ]
    if not values:
        return
    flat = [v.detach().to(torch.float64).reshape(-1) for v in values]
    means = replica_sum(torch.cat(flat)) / replica_count()
    for value, mean in zip(values, means.split([len(x) for x in flat])):
        value.copy_(mean.reshape(value.shape))


def _variables(model: Any) -> list[keras.Variable]:
    optimizer = getattr(model, "optimizer", None)
    slots = [] if optimizer is None else optimizer.variables
    return [*model.variables, *slots]


def _send(value: torch.Tensor) -> None:
    """Overwrite a tensor by that of process 0."""
    device = value.device if value.is_cuda else group_device()
    sent = value.detach().to(device).contiguous()
    distributed.broadcast(sent, 0)
    if sent.data_ptr() != value.data_ptr():
        value.copy_(sent)


def _checksum(variable: keras.Variable) -> int:
    """Equal of equal values, and hardly ever of others."""
    values: Array = keras.ops.convert_to_numpy(variable)
    size = values.dtype.itemsize
    integers = np.ascontiguousarray(values).view(f"u{size}")
    # It wraps around, without an array of that size.
    total = np.sum(integers, dtype="uint64")
    return int(total.astype("int64"))


def _trained(model: Any) -> list[keras.layers.BatchNormalization]:
    kind = keras.layers.BatchNormalization
    found = model._flatten_layers()
    return [x for x in found if isinstance(x, kind) and x.trainable]
