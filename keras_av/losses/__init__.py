"""Losses, as pure functions of `keras.ops`."""

from keras_av.losses.attention_transfer import attention_transfer
from keras_av.losses.binary_nce import binary_nce
from keras_av.losses.hint_loss import hint_loss
from keras_av.losses.info_nce import in_batch_info_nce, info_nce
from keras_av.losses.l1_distance import l1_distance
from keras_av.losses.logit_divergence import logit_divergence
from keras_av.losses.multi_class_nce import multi_class_nce
from keras_av.losses.probabilistic_transfer import probabilistic_transfer
from keras_av.losses.relational import relational
from keras_av.losses.separation import (
    apply_mask,
    cosine_triplet,
    mask_loss,
    ratio_mask,
)
from keras_av.losses.similarity_preserving import similarity_preserving
from keras_av.losses.soft_targets import soft_targets
from keras_av.losses.synchronization import (
    attention_map,
    shift_scores,
    shifted_windows,
    synchronization_nce,
    synchronization_scores,
)

__all__ = [
    "apply_mask",
    "attention_map",
    "attention_transfer",
    "binary_nce",
    "cosine_triplet",
    "hint_loss",
    "in_batch_info_nce",
    "info_nce",
    "l1_distance",
    "logit_divergence",
    "mask_loss",
    "multi_class_nce",
    "probabilistic_transfer",
    "ratio_mask",
    "relational",
    "shift_scores",
    "shifted_windows",
    "similarity_preserving",
    "soft_targets",
    "synchronization_nce",
    "synchronization_scores",
]


def __dir__() -> list[str]:
    return list(__all__)
