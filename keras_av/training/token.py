"""A scalar that depends on a finished step."""

from keras import ops

from keras_av.ops.replicas import replica_sum
from keras_av.ops.types import Tensor


def step_token(loss: Tensor, gradients: list[Tensor | None]) -> Tensor:
    """A scalar that depends on the whole forward and backward pass.

    It is not finite if the loss or the first element of a gradient is not,
    and it is the same on all replicas.
    """
    token = ops.cast(loss, "float32")
    for gradient in gradients:
        if gradient is not None:
            first = ops.reshape(gradient, (-1,))[0]
            token = token + ops.cast(first, "float32")
    return replica_sum(token)
