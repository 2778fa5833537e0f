"""Hint loss: the squared distance between the features of two layers."""

from keras import ops

from keras_av.ops.types import Tensor


def hint_loss(student: Tensor, teacher: Tensor) -> Tensor:
    """Mean squared difference of two feature maps, the hint loss of FitNets.

        (1 / n) sum (student - teacher)^2 over the n elements of a sample.

    It is computed in float32.

    References:
        - [Romero et al., 2015](https://arxiv.org/abs/1412.6550)

    Args:
        student: Features, mapped to the teacher's shape by a regressor if
            necessary, `(batch, ..., channels)`.
        teacher: Features of the same shape.

    Returns:
        Losses, `(batch,)`, float32.

    Raises:
        ValueError: If the shapes differ.

    Examples:

    >>> import numpy as np
    >>> from keras_av.losses import hint_loss
    >>> float(hint_loss(np.ones((1, 4, 4, 8)), np.zeros((1, 4, 4, 8)))[0])
    1.0
    """
    if tuple(student.shape[1:]) != tuple(teacher.shape[1:]):
        raise ValueError(
            "Expected features of the same shape. Received student and teacher "
            f"of shapes {tuple(student.shape)} and {tuple(teacher.shape)}: "
            "match them with a regressor."
        )
    difference = ops.cast(student, "float32") - ops.cast(teacher, "float32")
    axes = tuple(range(1, len(difference.shape)))
    return ops.mean(ops.square(difference), axis=axes)
