"""Statistics of batch normalization in several processes of PyTorch."""

import warnings
from typing import Any

import keras
import torch

from keras_av.layers.convolution.batch_normalization import BatchNormalization
from keras_av.ops.replicas import replica_count, replica_sum


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


def _trained(model: Any) -> list[keras.layers.BatchNormalization]:
    kind = keras.layers.BatchNormalization
    found = model._flatten_layers()
    return [x for x in found if isinstance(x, kind) and x.trainable]
