"""Columns of a manifest: what they are without values, and when refused."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_av.ops.types import Array


def as_column(
    values: Sequence[Any] | Array | None,
    count: int,
    default: object,
    dtype: type,
) -> Array:
    """A column, `(count,)` where there are no values for it."""
    if values is None:
        return np.full(count, default, dtype)
    return np.array(values, dtype)


def check_columns(
    columns: dict[str, Array], class_names: tuple[str, ...], root: str
) -> None:
    """Refuse columns that do not fit together.

    Raises:
        ValueError: If their lengths, their paths or their labels do not.
    """
    count = len(columns["path"])
    if count == 0:
        raise ValueError(f"A manifest needs at least one file. root={root!r}")
    for name, column in columns.items():
        if column.shape != (count,):
            raise ValueError(
                f"{name} must have one entry for each of {count} paths. "
                f"Received: shape {tuple(column.shape)}"
            )
    paths, counts = np.unique(columns["path"], return_counts=True)
    if counts.max() > 1:
        raise ValueError(
            f"Each path must come once. Twice or more: "
            f"{paths[counts > 1][:5].tolist()}"
        )
    label = columns["label"]
    if label.min() < -1 or label.max() >= max(len(class_names), 0):
        raise ValueError(
            f"Labels must be -1 or below {len(class_names)}, the number of "
            f"class_names. Received labels from {label.min()} to {label.max()}"
        )
