"""Learning methods: each a `keras.Model` that wraps the encoders it trains."""

from keras_av.methods.compositional_contrastive import (
    CompositionalContrastive,
)
from keras_av.methods.cross_modal_contrastive import CrossModalContrastive
from keras_av.methods.hint import Hint
from keras_av.methods.hint_distillation import HintDistillation
from keras_av.methods.listen_to_look import ListenToLook
from keras_av.methods.selected_clips import SelectedClips
from keras_av.methods.skimming import Skimming
from keras_av.methods.skimming_weights import load_skimming_weights
from keras_av.methods.sscl import SSCL, sscl_phases
from keras_av.methods.supervised import Supervised
from keras_av.methods.teacher_targets import TeacherTargets

__all__ = [
    "SSCL",
    "CompositionalContrastive",
    "CrossModalContrastive",
    "Hint",
    "HintDistillation",
    "ListenToLook",
    "SelectedClips",
    "Skimming",
    "Supervised",
    "TeacherTargets",
    "load_skimming_weights",
    "sscl_phases",
]


def __dir__() -> list[str]:
    return list(__all__)
