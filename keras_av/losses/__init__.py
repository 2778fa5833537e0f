"""Objectives: one file each, pure functions of `keras.ops`."""

from keras_av.losses.binary_nce import binary_nce
from keras_av.losses.info_nce import in_batch_info_nce, info_nce
