"""Soft targets: class probabilities of a teacher."""

import keras
from keras import ops

from keras_av.ops.types import Tensor

FORMS = ("cross_entropy", "kl")


def soft_targets(
    logits: Tensor,
    teacher_logits: Tensor,
    temperature: float = 1.0,
    form: str = "cross_entropy",
) -> Tensor:
    """Cross-entropy or KL divergence from a teacher's softened probabilities.

    With `p = softmax(teacher_logits / T)` and `q = softmax(logits / T)`,

        cross_entropy = -sum_c p_c log q_c,    kl = sum_c p_c log(p_c / q_c).

    They differ by the teacher's entropy, which does not depend on the student;
    the gradient with respect to `logits` is `(q - p) / T` for both. The loss
    is not multiplied by `T ** 2`, the factor that keeps gradients comparable
    across temperatures; set its weight accordingly if needed. It is computed
    in float32.

    References:
        - [Hinton et al., 2015](https://arxiv.org/abs/1503.02531)

    Args:
        logits: Logits of the student, `(batch, num_classes)`.
        teacher_logits: Logits of the teacher, `(batch, num_classes)`.
        temperature: Positive number by which both logits are divided.
            Defaults to 1.
        form: `"cross_entropy"` or `"kl"`. Defaults to `"cross_entropy"`.

    Returns:
        Losses, `(batch,)`, float32.

    Raises:
        ValueError: If the form is unknown or the temperature is not positive.

    Examples:

    >>> import numpy as np
    >>> from keras_av.losses import soft_targets
    >>> logits = np.array([[2.0, 0.0, 0.0]])
    >>> round(float(soft_targets(logits, logits, form="kl")[0]), 6)
    0.0
    """
    if form not in FORMS:
        raise ValueError(f"form must be one of {FORMS}. Received: {form!r}")
    if temperature <= 0:
        raise ValueError(
            f"temperature must be positive. Received: {temperature}"
        )
    student = ops.cast(logits, "float32") / temperature
    teacher = ops.cast(teacher_logits, "float32") / temperature
    targets = keras.activations.softmax(teacher)
    difference = -keras.activations.log_softmax(student)
    if form == "kl":
        difference = difference + keras.activations.log_softmax(teacher)
    return ops.sum(targets * difference, axis=-1)
