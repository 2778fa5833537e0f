"""Measures of embeddings, as functions of NumPy arrays."""

from keras_av.metrics.geometry import alignment, effective_rank, uniformity
from keras_av.metrics.knn_accuracy import knn_accuracy
from keras_av.metrics.mean_average_precision import mean_average_precision
from keras_av.metrics.nearest_rows import nearest_rows
from keras_av.metrics.pair_retrieval import pair_retrieval
from keras_av.metrics.retrieval import retrieval_metrics
from keras_av.metrics.separation_scores import separation_scores
from keras_av.metrics.sounding_objects import (
    SoundingObject,
    attention_peaks,
    sounding_objects,
)
from keras_av.metrics.unit_rows import unit_rows

__all__ = [
    "SoundingObject",
    "alignment",
    "attention_peaks",
    "effective_rank",
    "knn_accuracy",
    "mean_average_precision",
    "nearest_rows",
    "pair_retrieval",
    "retrieval_metrics",
    "separation_scores",
    "sounding_objects",
    "uniformity",
    "unit_rows",
]


def __dir__() -> list[str]:
    return list(__all__)
