"""The training step, once for each backend, under one contract."""

from keras_av.training.batch_mean import batch_mean
from keras_av.training.phase import Phase
from keras_av.training.step_model import StepModel

__all__ = [
    "Phase",
    "StepModel",
    "batch_mean",
]


def __dir__() -> list[str]:
    return list(__all__)
