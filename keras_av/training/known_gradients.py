"""Variables of a step that have a gradient."""

import keras

from keras_av.ops.types import Tensor


def known_gradients(
    gradients: list[Tensor | None], variables: list[keras.Variable]
) -> tuple[list[Tensor | None], list[keras.Variable]]:
    """Drop variables that no loss of this step depends on.

    Losses that a phase turns off, or that have nothing to compare, give no
    gradient to layers that only they train. Keras's optimizers skip such
    variables too, but warn about each, since elsewhere a missing gradient is
    usually a mistake.

    Args:
        gradients: Gradients, None for variables without one.
        variables: Variables, in the same order.

    Returns:
        The remaining gradients and variables; all of them if no variable has
        a gradient, so that the optimizer raises its error.
    """
    pairs = [(g, v) for g, v in zip(gradients, variables) if g is not None]
    if not pairs:
        return gradients, variables
    return [g for g, _ in pairs], [v for _, v in pairs]
