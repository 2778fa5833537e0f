"""Descriptors of what has a class, and the share of the largest class."""

from collections.abc import Mapping

import numpy as np

from keras_av.evaluation.extract_features import average_clips
from keras_av.ops.types import Array


def labelled_features(
    encoded: Mapping[str | None, Array], key: str
) -> dict[str, Array]:
    """Averages over the clips of each video, without those of the label -1.

    Args:
        encoded: Outputs and what is known of the clips, with labels, as
            `encode_clips` gives them.
        key: Key of the outputs.

    Returns:
        As `extract_features`.

    Raises:
        ValueError: If nothing has another label.
    """
    found = average_clips(encoded, key, "features")
    known = found["label"] >= 0
    if not known.any():
        raise ValueError(
            f"Received {len(known)} clips, all of the label -1. Expected "
            "labelled ones: put files into a folder for each class, or do "
            "without this probe."
        )
    return {name: values[known] for name, values in found.items()}


def largest_share(labels: Array) -> float:
    """The share of the largest class: the accuracy of a constant answer."""
    return float(np.bincount(labels).max() / len(labels))
