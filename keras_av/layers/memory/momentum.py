"""The momentum of a moving average: a number, or a schedule of it."""

from typing import Any, TypeAlias

import keras
import numpy as np
from keras import ops

from keras_av.ops.rows import read_rows, write_rows

LearningRateSchedule: TypeAlias = (
    keras.optimizers.schedules.LearningRateSchedule
)


def is_schedule(momentum: Any) -> bool:
    """Whether a momentum changes from update to update.

    Args:
        momentum: Number or schedule.
    """
    schedule = keras.optimizers.schedules.LearningRateSchedule
    return isinstance(momentum, schedule)


def check_momentum(momentum: Any) -> None:
    """Refuse what is no share, or begins as none.

    Args:
        momentum: Number in `[0, 1]`, or schedule of such numbers.

    Raises:
        ValueError: If it is out of range.
    """
    if is_schedule(momentum):
        # Later values are known in training alone.
        first = float(ops.convert_to_numpy(momentum(0)))
        if not 0 <= first <= 1:
            raise ValueError(
                "A schedule of the momentum must have values in [0, 1]. "
                f"Received: a {type(momentum).__name__} that begins at "
                f"{first:g}"
            )
    elif not (
        isinstance(momentum, (int, float, np.number)) and 0 <= momentum <= 1
    ):
        raise ValueError(
            "momentum must be in [0, 1], or a LearningRateSchedule. Received: "
            f"momentum={momentum}"
        )


def next_momentum(
    momentum: float | LearningRateSchedule, num_updates: keras.Variable | None
) -> Any:
    """The momentum of an update, which is counted.

    Args:
        momentum: Number or schedule.
        num_updates: Number of updates so far, `(1,)`, for a schedule.
    """
    if num_updates is None:
        return momentum
    # Every replica counts in its own copy.
    first = ops.zeros((1,), "int32")
    count = read_rows(num_updates, first)
    write_rows(num_updates, first, count + 1)
    schedule: Any = momentum
    return ops.cast(schedule(count[0]), "float32")


def momentum_to_config(momentum: float | LearningRateSchedule) -> Any:
    """The momentum as it is saved.

    Args:
        momentum: Number or schedule.
    """
    if is_schedule(momentum):
        return keras.saving.serialize_keras_object(momentum)
    return momentum


def momentum_from_config(saved: Any) -> Any:
    """The momentum that was saved.

    Args:
        saved: Output of `momentum_to_config`, or a momentum.
    """
    if isinstance(saved, dict):
        return keras.saving.deserialize_keras_object(saved)
    return saved
