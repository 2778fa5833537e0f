"""The training step of each backend, behind one interface."""

from keras_av.training.batch_mean import batch_mean
from keras_av.training.clip_weights import clip_weights
from keras_av.training.distribute_clips import distribute_clips
from keras_av.training.label_loss import label_cross_entropy, update_accuracy
from keras_av.training.needs import Needs
from keras_av.training.optimizers.coupled_adam import CoupledAdam
from keras_av.training.optimizers.coupled_sgd import CoupledSGD
from keras_av.training.phase import Phase
from keras_av.training.step_model import StepModel
from keras_av.training.template import Template

__all__ = [
    "CoupledAdam",
    "CoupledSGD",
    "Needs",
    "Phase",
    "StepModel",
    "Template",
    "batch_mean",
    "clip_weights",
    "distribute_clips",
    "label_cross_entropy",
    "update_accuracy",
]


def __dir__() -> list[str]:
    return list(__all__)
