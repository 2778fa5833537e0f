"""Learning methods: each is a `keras.Model` that wraps its encoders."""

from keras_av.methods.contrastive.audio_text_contrastive import (
    AudioTextContrastive,
)
from keras_av.methods.contrastive.cross_modal_agreement import (
    CrossModalAgreement,
    agreement_phases,
)
from keras_av.methods.contrastive.cross_modal_contrastive import (
    CrossModalContrastive,
)
from keras_av.methods.contrastive.instance_discrimination import (
    InstanceDiscrimination,
)
from keras_av.methods.contrastive.momentum_contrast import MomentumContrast
from keras_av.methods.contrastive.sscl import SSCL, sscl_phases
from keras_av.methods.contrastive.synchronization import Synchronization
from keras_av.methods.distillation.compositional_contrastive import (
    CompositionalContrastive,
)
from keras_av.methods.distillation.hint import Hint
from keras_av.methods.distillation.hint_distillation import HintDistillation
from keras_av.methods.distillation.listen_to_look import ListenToLook
from keras_av.methods.distillation.teacher_targets import TeacherTargets
from keras_av.methods.separation import Separation
from keras_av.methods.skimming.selected_clips import SelectedClips
from keras_av.methods.skimming.skimming import Skimming
from keras_av.methods.skimming.skimming_weights import load_skimming_weights
from keras_av.methods.supervised import Supervised

__all__ = [
    "SSCL",
    "AudioTextContrastive",
    "CompositionalContrastive",
    "CrossModalAgreement",
    "CrossModalContrastive",
    "Hint",
    "HintDistillation",
    "InstanceDiscrimination",
    "ListenToLook",
    "MomentumContrast",
    "SelectedClips",
    "Separation",
    "Skimming",
    "Supervised",
    "Synchronization",
    "TeacherTargets",
    "agreement_phases",
    "load_skimming_weights",
    "sscl_phases",
]


def __dir__() -> list[str]:
    return list(__all__)
