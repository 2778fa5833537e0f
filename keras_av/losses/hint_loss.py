"""Hint loss: the squared distance of two layers' features."""

from keras import ops

from keras_av.ops.types import Tensor


def hint_loss(student: Tensor, teacher: Tensor) -> Tensor:
    """Mean squared difference of two feature maps, the hint of FitNets.

        (1 / n) sum (student - teacher)^2 over the n elements of a sample.

    Computed in float32 whatever the inputs.

    References:
        - [Romero et al., 2015](https://arxiv.org/abs/1412.6550)

    Args:
        student: Features that a regressor has brought to the teacher's shape,
            `(batch, ..., channels)`.
        teacher: Features of the same shape.

    Returns:
        Losses, `(batch,)`, float32.

    Raises:
        ValueError: The shapes differ.

    Examples:

    >>> import numpy as np
    >>> from keras_av.losses import hint_loss
    >>> float(hint_loss(np.ones((1, 4, 4, 8)), np.zeros((1, 4, 4, 8)))[0])
    1.0
    """
    if tuple(student.shape[1:]) != tuple(teacher.shape[1:]):
        raise ValueError(
            "Expected features of one shape. Received student and teacher of "
            f"{tuple(student.shape)} and {tuple(teacher.shape)}: match them "
            "by a regressor."
        )
    difference = ops.cast(student, "float32") - ops.cast(teacher, "float32")
    axes = tuple(range(1, len(difference.shape)))
    return ops.mean(ops.square(difference), axis=axes)
