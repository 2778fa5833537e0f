"""A factor that cancels a learning rate schedule."""

from collections.abc import Mapping

import keras

from keras_av.ops.types import Tensor


def schedule_undone(
    optimizer: keras.optimizers.Optimizer | None,
) -> Tensor | float:
    """The initial value of a schedule divided by the current one.

    With gradients times this factor SGD always learns at the initial rate.

    Args:
        optimizer: Optimizer, or None before a model is compiled.

    Returns:
        A scalar, 1 without a schedule.

    Raises:
        ValueError: If there is a schedule, and the optimizer is not SGD.
    """
    if optimizer is None:
        return 1.0
    # The configuration of a constant rate is not available while tracing.
    if isinstance(optimizer.learning_rate, keras.Variable):
        return 1.0
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    schedule = inner.get_config()["learning_rate"]
    if not isinstance(schedule, Mapping):
        return 1.0
    if not isinstance(inner, keras.optimizers.SGD):
        raise ValueError(
            "legacy_schedules scales gradients, which changes the learning "
            "rate of SGD only. Received: the optimizer "
            f"{type(inner).__name__} with a schedule. Use keras.optimizers."
            "SGD, a constant learning rate, or legacy_schedules=False."
        )
    schedule = keras.optimizers.schedules.deserialize(schedule)
    return schedule(0) / schedule(optimizer.iterations)
