"""Callbacks: the curriculum, probes and monitors."""

from keras_av.callbacks.backup import Backup
from keras_av.callbacks.collapse_monitor import CollapseMonitor
from keras_av.callbacks.curriculum import Curriculum
from keras_av.callbacks.epoch_log import EpochLog
from keras_av.callbacks.knn_probe import KNNProbe
from keras_av.callbacks.linear_probe import LinearProbe
from keras_av.callbacks.measure import measure
from keras_av.callbacks.retrieval_probe import RetrievalProbe
from keras_av.callbacks.stop_on_nan import StopOnNaN
from keras_av.callbacks.tensor_board_clips import TensorBoardClips

__all__ = [
    "Backup",
    "CollapseMonitor",
    "Curriculum",
    "EpochLog",
    "KNNProbe",
    "LinearProbe",
    "RetrievalProbe",
    "StopOnNaN",
    "TensorBoardClips",
    "measure",
]


def __dir__() -> list[str]:
    return list(__all__)
