"""Gradient clipping with the options of a Keras optimizer."""

import keras
from keras import ops

from keras_av.ops.types import Tensor


def clips(optimizer: keras.optimizers.Optimizer) -> bool:
    """Whether an optimizer clips gradients."""
    limits = (
        optimizer.clipnorm,
        optimizer.global_clipnorm,
        optimizer.clipvalue,
    )
    return any(limit is not None for limit in limits)


def clip_gradients(
    gradients: list[Tensor],
    optimizer: keras.optimizers.Optimizer,
    scale: Tensor | float = 1.0,
) -> list[Tensor]:
    """Clip gradients as the optimizer itself would.

    Args:
        gradients: Tensors of any shapes.
        optimizer: Optimizer whose `clipnorm`, `global_clipnorm` or
            `clipvalue` is used.
        scale: Loss-scaling factor of the gradients.
    """
    if optimizer.clipvalue is not None:
        limit = optimizer.clipvalue * scale
        return [ops.clip(g, -limit, limit) for g in gradients]
    if optimizer.clipnorm is not None:
        limit = optimizer.clipnorm * scale
        return [_shrink(g, _norm([g]), limit) for g in gradients]
    limit = optimizer.global_clipnorm * scale
    norm = _norm(gradients)
    return [_shrink(g, norm, limit) for g in gradients]


def _norm(tensors: list[Tensor]) -> Tensor:
    squares = [ops.sum(ops.square(ops.cast(t, "float32"))) for t in tensors]
    return ops.sqrt(sum(squares))


def _shrink(tensor: Tensor, norm: Tensor, limit: Tensor) -> Tensor:
    factor = limit / ops.maximum(norm, limit)
    return tensor * ops.cast(factor, tensor.dtype)
