"""A factor that undoes a schedule of the learning rate."""

from collections.abc import Mapping

import keras

from keras_av.ops.types import Tensor


def schedule_undone(
    optimizer: keras.optimizers.Optimizer | None,
) -> Tensor | float:
    """First value of a schedule divided by its present one.

    A loss times this factor is trained at the first learning rate throughout.

    Args:
        optimizer: Optimizer, or None before a model is compiled.

    Returns:
        A scalar, 1 without a schedule.
    """
    if optimizer is None:
        return 1.0
    # The configuration of a constant rate cannot be had while tracing.
    if isinstance(optimizer.learning_rate, keras.Variable):
        return 1.0
    schedule = optimizer.get_config()["learning_rate"]
    if not isinstance(schedule, Mapping):
        return 1.0
    schedule = keras.optimizers.schedules.deserialize(schedule)
    return schedule(0) / schedule(optimizer.iterations)
