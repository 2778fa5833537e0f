"""Descriptors of what has a class, and the share of the largest class."""

import keras
import numpy as np

from keras_av.evaluation.extract_features import Batches, extract_features
from keras_av.ops.types import Array


def labelled_features(
    encoder: keras.Model, dataset: Batches, key: str
) -> dict[str, Array]:
    """What `extract_features` gives, without the label -1.

    Args:
        encoder: Model, as for `extract_features`.
        dataset: Batches with labels, as for `extract_features`.
        key: Modality, as for `extract_features`.

    Raises:
        ValueError: If nothing has another label.
    """
    found = extract_features(encoder, dataset, key=key)
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
