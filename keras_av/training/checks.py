"""Validation of options shared by several methods."""

from collections.abc import Collection
from typing import Any


def check_choice(name: str, value: Any, known: Collection[Any]) -> None:
    """Raise an error if an option is not one of the known values.

    Args:
        name: Name of the option.
        value: Received value.
        known: Accepted values.

    Raises:
        ValueError: If the value is not known.
    """
    if value not in known:
        raise ValueError(
            f"{name} must be one of {tuple(known)}. Received: {value!r}"
        )


def check_positive(name: str, value: float) -> None:
    """Raise an error if an option is not positive.

    Args:
        name: Name of the option.
        value: Received value.

    Raises:
        ValueError: If the value is 0 or less.
    """
    if not value > 0:
        raise ValueError(f"{name} must be positive. Received: {value}")


def check_share(name: str, value: float) -> None:
    """Raise an error if an option is not a share.

    Args:
        name: Name of the option.
        value: Received value.

    Raises:
        ValueError: If the value is not in [0, 1].
    """
    if not 0 <= value <= 1:
        raise ValueError(f"{name} must be in [0, 1]. Received: {name}={value}")


def check_weights(**weights: float) -> None:
    """Raise an error if a loss weight is negative.

    Args:
        **weights: Received values by the names of the options.

    Raises:
        ValueError: If a weight is negative.
    """
    for name, value in weights.items():
        if not value >= 0:
            raise ValueError(
                f"{name} must not be negative. Received: {name}={value}"
            )
