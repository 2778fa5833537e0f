"""A factor that cancels a learning rate schedule."""

from collections.abc import Mapping

import keras

from keras_av.ops.types import Tensor


def schedule_undone(
    optimizer: keras.optimizers.Optimizer | None,
) -> Tensor | float:
    """The initial value of a schedule divided by the current one.

    A loss times this factor is always trained at the initial learning rate.

    Args:
        optimizer: Optimizer, or None before a model is compiled.

    Returns:
        A scalar, 1 without a schedule.
    """
    if optimizer is None:
        return 1.0
    # The configuration of a constant rate is not available while tracing.
    if isinstance(optimizer.learning_rate, keras.Variable):
        return 1.0
    schedule = optimizer.get_config()["learning_rate"]
    if not isinstance(schedule, Mapping):
        return 1.0
    schedule = keras.optimizers.schedules.deserialize(schedule)
    return schedule(0) / schedule(optimizer.iterations)
