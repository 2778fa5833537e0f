"""Optimizers, as rules."""

import dataclasses
from collections.abc import Callable
from typing import Literal

import keras

from keras_av.workspace import Provider, rule

Schedule = Literal["constant", "cosine"]


@dataclasses.dataclass(frozen=True)
class Optimizer(Provider):
    """An optimizer that is made when the number of steps is known.

    Args:
        make: Gives it, of the number of steps.

    Examples:

    >>> from keras_av.rules import adam
    >>> adam(learning_rate=0.1).make(100).name
    'adam'
    """

    make: Callable[[int], keras.optimizers.Optimizer]


@rule()
def adam(
    *,
    learning_rate: float = 1e-3,
    schedule: Schedule = "cosine",
    final_share: float = 0.05,
    warmup_steps: int = 0,
    weight_decay: float | None = None,
) -> Optimizer:
    """Adam.

    Args:
        learning_rate: At its highest. Defaults to 0.001.
        schedule: `"constant"`, or `"cosine"` (default), along which it falls.
        final_share: Of `learning_rate`, at the end of `"cosine"`. Defaults to
            0.05.
        warmup_steps: Steps in which it rises from 0, at most a quarter of
            all. Defaults to 0.
        weight_decay: Of each step, with the learning rate. Defaults to none.

    Examples:

    >>> from keras_av.rules import adam
    >>> optimizer = adam(schedule="constant").make(10)
    >>> round(float(optimizer.learning_rate), 6)
    0.001
    """

    def make(num_steps: int) -> keras.optimizers.Optimizer:
        rate = _rate(
            learning_rate, schedule, final_share, warmup_steps, num_steps
        )
        return keras.optimizers.Adam(rate, weight_decay=weight_decay)

    return _checked(learning_rate, make)


@rule()
def sgd(
    *,
    learning_rate: float = 0.01,
    schedule: Schedule = "cosine",
    final_share: float = 0.05,
    warmup_steps: int = 0,
    momentum: float = 0.9,
    weight_decay: float | None = None,
) -> Optimizer:
    """Stochastic gradient descent.

    Args:
        learning_rate: At its highest. Defaults to 0.01.
        schedule: As for `adam`. Defaults to `"cosine"`.
        final_share: As for `adam`. Defaults to 0.05.
        warmup_steps: As for `adam`. Defaults to 0.
        momentum: Defaults to 0.9.
        weight_decay: Of each step, with the learning rate. Defaults to none.

    Examples:

    >>> from keras_av.rules import sgd
    >>> sgd(momentum=0.5).make(10).momentum
    0.5
    """

    def make(num_steps: int) -> keras.optimizers.Optimizer:
        rate = _rate(
            learning_rate, schedule, final_share, warmup_steps, num_steps
        )
        return keras.optimizers.SGD(
            rate, momentum=momentum, weight_decay=weight_decay
        )

    return _checked(learning_rate, make)


def _checked(
    learning_rate: float, make: Callable[[int], keras.optimizers.Optimizer]
) -> Optimizer:
    if learning_rate <= 0:
        raise ValueError(
            "learning_rate must be above 0. Received: "
            f"learning_rate={learning_rate}"
        )
    return Optimizer(make)


def _rate(
    learning_rate: float,
    schedule: str,
    final_share: float,
    warmup_steps: int,
    num_steps: int,
) -> float | keras.optimizers.schedules.LearningRateSchedule:
    if schedule == "constant":
        return learning_rate
    warmup_steps = min(warmup_steps, num_steps // 4)
    if not warmup_steps:
        return keras.optimizers.schedules.CosineDecay(
            learning_rate, num_steps, alpha=final_share
        )
    return keras.optimizers.schedules.CosineDecay(
        0.0,
        num_steps,
        alpha=final_share,
        warmup_target=learning_rate,
        warmup_steps=warmup_steps,
    )
