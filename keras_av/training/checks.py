"""Checks of options that several methods share."""

from collections.abc import Collection
from typing import Any


def check_choice(name: str, value: Any, known: Collection[Any]) -> None:
    """Refuse an option that is not among the known ones.

    Args:
        name: Name of the option.
        value: Value that was received.
        known: Values that are expected.

    Raises:
        ValueError: The value is not known.
    """
    if value not in known:
        raise ValueError(
            f"{name} must be one of {tuple(known)}. Received: {value!r}"
        )


def check_positive(name: str, value: float) -> None:
    """Refuse an option that is not a positive number.

    Args:
        name: Name of the option.
        value: Value that was received.

    Raises:
        ValueError: The value is 0 or less.
    """
    if not value > 0:
        raise ValueError(f"{name} must be positive. Received: {value}")


def check_weights(**weights: float) -> None:
    """Refuse weights of losses that are negative.

    Args:
        **weights: Values that were received, by the names of the options.

    Raises:
        ValueError: A weight is negative.
    """
    for name, value in weights.items():
        if not value >= 0:
            raise ValueError(
                f"{name} must not be negative. Received: {name}={value}"
            )
