"""Variables of a step that have a gradient."""

import keras

from keras_av.ops.types import Tensor


def known_gradients(
    gradients: list[Tensor | None], variables: list[keras.Variable]
) -> tuple[list[Tensor | None], list[keras.Variable]]:
    """Leave out variables that no loss of this step depends on.

    Losses that a phase leaves off, or that have nothing to compare, give no
    gradient to the layers that they alone train. Keras's optimizers pass over
    such variables, too, but warn of each: there a missing gradient is a
    mistake.

    Args:
        gradients: Gradients, None where there is none.
        variables: Variables, in the same order.

    Returns:
        Both without these; all of them where no variable has a gradient,
        which the optimizer refuses.
    """
    pairs = [(g, v) for g, v in zip(gradients, variables) if g is not None]
    if not pairs:
        return gradients, variables
    return [g for g, _ in pairs], [v for _, v in pairs]
