"""Evaluation of trained encoders: probes, fine-tuning, FLOPs, latency."""

from keras_av.evaluation.class_retrieval import class_retrieval
from keras_av.evaluation.confusion import class_accuracy, confusion_matrix
from keras_av.evaluation.count_flops import count_flops
from keras_av.evaluation.cross_validate import (
    cross_validate,
    mean_and_interval,
)
from keras_av.evaluation.embed_pairs import embed_pairs
from keras_av.evaluation.embedding_index import EmbeddingIndex, embed
from keras_av.evaluation.extract_features import extract_features
from keras_av.evaluation.feature_writer import FeatureWriter
from keras_av.evaluation.fine_tune import fine_tune
from keras_av.evaluation.is_chance import is_chance
from keras_av.evaluation.linear_probe import linear_probe
from keras_av.evaluation.localize_sounds import localize_sounds
from keras_av.evaluation.measure_latency import measure_latency
from keras_av.evaluation.measure_separation import measure_separation
from keras_av.evaluation.paired_p_values import paired_p_values
from keras_av.evaluation.predict_videos import predict_videos
from keras_av.evaluation.separate_sounds import separate_sounds
from keras_av.evaluation.skim_videos import skim_videos
from keras_av.evaluation.video_scores import video_scores
from keras_av.evaluation.write_features import write_features

__all__ = [
    "EmbeddingIndex",
    "FeatureWriter",
    "class_accuracy",
    "class_retrieval",
    "confusion_matrix",
    "count_flops",
    "cross_validate",
    "embed",
    "embed_pairs",
    "extract_features",
    "fine_tune",
    "is_chance",
    "linear_probe",
    "localize_sounds",
    "mean_and_interval",
    "measure_latency",
    "measure_separation",
    "paired_p_values",
    "predict_videos",
    "separate_sounds",
    "skim_videos",
    "video_scores",
    "write_features",
]


def __dir__() -> list[str]:
    return list(__all__)
