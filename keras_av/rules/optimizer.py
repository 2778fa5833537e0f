"""Optimizers, as rules."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Literal

import keras

from keras_av.workspace import Provider, rule

Schedule = Literal["constant", "cosine", "steps"]


@dataclasses.dataclass(frozen=True)
class Optimizer(Provider):
    """An optimizer that is made when the number of steps is known.

    Args:
        make: Gives it, of the number of steps.

    Examples:

    >>> from keras_av.rules import adam
    >>> type(adam(learning_rate=0.1).make(100)).__name__
    'Adam'
    """

    make: Callable[[int], keras.optimizers.Optimizer]


@dataclasses.dataclass(frozen=True)
class RatePlan:
    """How a learning rate goes on, whatever the number of steps.

    Args:
        learning_rate: At its highest.
        schedule: `"constant"`, `"cosine"` or `"steps"`.
        final_share: Of `learning_rate`, at the end of `"cosine"`.
        warmup_steps: Before `"cosine"`.
        milestones: Where the `"steps"` are, as shares of all steps.

    Raises:
        ValueError: If one of these is out of its range.
    """

    learning_rate: float
    schedule: str
    final_share: float
    warmup_steps: int
    milestones: tuple[float, ...]

    def __post_init__(self) -> None:
        if self.learning_rate <= 0:
            raise ValueError(
                "learning_rate must be above 0. Received: "
                f"learning_rate={self.learning_rate}"
            )
        shares = list(self.milestones)
        fit = all(0 < share < 1 for share in shares)
        fit = fit and shares == sorted(set(shares))
        if not fit or (self.schedule == "steps") != bool(shares):
            raise ValueError(
                'milestones belong to schedule="steps": rising shares of the '
                "training, such as [0.5, 0.75]. Received: schedule="
                f"{self.schedule!r}, milestones={list(self.milestones)}"
            )

    def schedule_of(
        self, num_steps: int
    ) -> float | keras.optimizers.schedules.LearningRateSchedule:
        """The learning rate over so many steps."""
        if self.schedule == "constant":
            return self.learning_rate
        if self.schedule == "steps":
            return keras.optimizers.schedules.PiecewiseConstantDecay(
                [round(share * num_steps) for share in self.milestones],
                [
                    self.learning_rate * 0.1**number
                    for number in range(len(self.milestones) + 1)
                ],
            )
        warmup_steps = min(self.warmup_steps, num_steps // 4)
        if not warmup_steps:
            return keras.optimizers.schedules.CosineDecay(
                self.learning_rate, num_steps, alpha=self.final_share
            )
        return keras.optimizers.schedules.CosineDecay(
            0.0,
            num_steps,
            alpha=self.final_share,
            warmup_target=self.learning_rate,
            warmup_steps=warmup_steps,
        )


@rule()
def adam(
    *,
    learning_rate: float = 1e-3,
    schedule: Schedule = "cosine",
    final_share: float = 0.05,
    warmup_steps: int = 0,
    milestones: Sequence[float] = (),
    weight_decay: float | None = None,
) -> Optimizer:
    """Adam, whose learning rate follows a schedule.

    Args:
        learning_rate: At its highest. Defaults to 0.001.
        schedule: `"constant"`; `"cosine"` (default), along which it falls; or
            `"steps"`, at each of which it becomes a tenth.
        final_share: Of `learning_rate`, at the end of `"cosine"`. Defaults to
            0.05.
        warmup_steps: Before `"cosine"`, in which it rises from 0; at most a
            quarter of all. Defaults to 0.
        milestones: Where the `"steps"` are, as shares of the training, such
            as `[0.5, 0.75]`. Defaults to none.
        weight_decay: Of each step, with the learning rate. Defaults to none.

    Examples:

    >>> from keras_av.rules import adam
    >>> optimizer = adam(schedule="constant").make(10)
    >>> round(float(optimizer.learning_rate), 6)
    0.001
    """

    plan = RatePlan(
        learning_rate, schedule, final_share, warmup_steps, tuple(milestones)
    )

    def make(num_steps: int) -> keras.optimizers.Optimizer:
        rate = plan.schedule_of(num_steps)
        return keras.optimizers.Adam(rate, weight_decay=weight_decay)

    return Optimizer(make)


@rule()
def sgd(
    *,
    learning_rate: float = 0.01,
    schedule: Schedule = "cosine",
    final_share: float = 0.05,
    warmup_steps: int = 0,
    milestones: Sequence[float] = (),
    momentum: float = 0.9,
    nesterov: bool = False,
    weight_decay: float | None = None,
) -> Optimizer:
    """Stochastic gradient descent along a schedule.

    Args:
        learning_rate: At its highest. Defaults to 0.01.
        schedule: As for `adam`. Defaults to `"cosine"`.
        final_share: As for `adam`. Defaults to 0.05.
        warmup_steps: As for `adam`. Defaults to 0.
        milestones: As for `adam`. Defaults to none.
        momentum: Defaults to 0.9.
        nesterov: Whether it is Nesterov's. Defaults to False.
        weight_decay: Of each step, with the learning rate. Defaults to none.

    Examples:

    >>> from keras_av.rules import sgd
    >>> sgd(momentum=0.5).make(10).momentum
    0.5
    """

    plan = RatePlan(
        learning_rate, schedule, final_share, warmup_steps, tuple(milestones)
    )

    def make(num_steps: int) -> keras.optimizers.Optimizer:
        rate = plan.schedule_of(num_steps)
        return keras.optimizers.SGD(
            rate, momentum, nesterov, weight_decay=weight_decay
        )

    return Optimizer(make)
