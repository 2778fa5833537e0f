"""Building blocks: what turns raw clips into inputs, and embeddings."""

from keras_av.layers.augmentation_recipe import augmentation_recipe
from keras_av.layers.bank_attention import BankAttention
from keras_av.layers.batch_norm import batch_norm
from keras_av.layers.clip_augmentation import ClipAugmentation
from keras_av.layers.composition import Composition
from keras_av.layers.feature_regressor import FeatureRegressor
from keras_av.layers.fusion_mlp import FusionMLP
from keras_av.layers.log_mel_spectrogram import (
    LogMelSpectrogram,
    log_mel_statistics,
)
from keras_av.layers.mel_filters import mel_filters
from keras_av.layers.memory_bank import MemoryBank
from keras_av.layers.mixup import Mixup
from keras_av.layers.partition_function import PartitionFunction
from keras_av.layers.projection_head import ProjectionHead
from keras_av.layers.random_blur import RandomBlur
from keras_av.layers.random_gain import RandomGain
from keras_av.layers.random_noise import RandomNoise
from keras_av.layers.random_resized_crop import RandomResizedCrop
from keras_av.layers.random_time_shift import RandomTimeShift
from keras_av.layers.sound_mixing import SoundMixing
from keras_av.layers.spatial_conv import SpatialConv
from keras_av.layers.spec_augment import SpecAugment
from keras_av.layers.spectrogram_pooling import SpectrogramPooling
from keras_av.layers.temporal_conv import TemporalConv
from keras_av.layers.weight_norm_lstm_cell import WeightNormLSTMCell

__all__ = [
    "BankAttention",
    "ClipAugmentation",
    "Composition",
    "FeatureRegressor",
    "FusionMLP",
    "LogMelSpectrogram",
    "MemoryBank",
    "Mixup",
    "PartitionFunction",
    "ProjectionHead",
    "RandomBlur",
    "RandomGain",
    "RandomNoise",
    "RandomResizedCrop",
    "RandomTimeShift",
    "SoundMixing",
    "SpatialConv",
    "SpecAugment",
    "SpectrogramPooling",
    "TemporalConv",
    "WeightNormLSTMCell",
    "augmentation_recipe",
    "batch_norm",
    "log_mel_statistics",
    "mel_filters",
]


def __dir__() -> list[str]:
    return list(__all__)
