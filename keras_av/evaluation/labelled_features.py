"""Descriptors of labelled videos, and the share of the largest class."""

from collections.abc import Mapping

import numpy as np

from keras_av.evaluation.extract_features import average_clips
from keras_av.ops.types import Array


def labelled_features(
    encoded: Mapping[str | None, Array], key: str
) -> dict[str, Array]:
    """Average the clips of each labelled video; label -1 is left out.

    Args:
        encoded: Outputs, labels and metadata of the clips, as returned by
            `encode_clips`.
        key: Key of the outputs.

    Returns:
        The same as `extract_features`.

    Raises:
        ValueError: If no clip has a label.
    """
    found = average_clips(encoded, key, "features")
    known = found["label"] >= 0
    if not known.any():
        raise ValueError(
            f"Received {len(known)} clips, all with label -1. Expected "
            "labelled clips: put the files into a folder for each class, or "
            "leave out this probe."
        )
    return {name: values[known] for name, values in found.items()}


def largest_share(labels: Array) -> float:
    """Share of the largest class: the accuracy of a constant prediction."""
    return float(np.bincount(labels).max() / len(labels))
