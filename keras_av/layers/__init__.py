"""Layers: front ends, augmentation, heads, memory banks and queues."""

from keras_av.layers.augmentation.augmentation_recipe import augmentation_recipe
from keras_av.layers.augmentation.clip_augmentation import ClipAugmentation
from keras_av.layers.augmentation.for_clips import ForClips
from keras_av.layers.augmentation.mixup import Mixup
from keras_av.layers.augmentation.random_blur import RandomBlur
from keras_av.layers.augmentation.random_gain import RandomGain
from keras_av.layers.augmentation.random_noise import RandomNoise
from keras_av.layers.augmentation.random_resized_crop import RandomResizedCrop
from keras_av.layers.augmentation.random_time_shift import RandomTimeShift
from keras_av.layers.augmentation.sound_mixing import SoundMixing
from keras_av.layers.convolution.batch_norm import batch_norm
from keras_av.layers.convolution.batch_normalization import BatchNormalization
from keras_av.layers.convolution.conv2d import Conv2D
from keras_av.layers.convolution.conv3d import Conv3D
from keras_av.layers.convolution.he_normal import HeNormal
from keras_av.layers.convolution.spatial_conv import SpatialConv
from keras_av.layers.convolution.temporal_conv import TemporalConv
from keras_av.layers.heads.composition import Composition
from keras_av.layers.heads.feature_regressor import FeatureRegressor
from keras_av.layers.heads.fusion_mlp import FusionMLP
from keras_av.layers.heads.projection_head import ProjectionHead
from keras_av.layers.memory.agreeing_rows import agreeing_rows
from keras_av.layers.memory.feature_queue import FeatureQueue
from keras_av.layers.memory.memory_bank import MemoryBank
from keras_av.layers.memory.partition_function import PartitionFunction
from keras_av.layers.memory.positive_sets import PositiveSets
from keras_av.layers.sequences.attention_pooling import AttentionPooling
from keras_av.layers.sequences.bank_attention import BankAttention
from keras_av.layers.sequences.weight_norm_lstm_cell import WeightNormLSTMCell
from keras_av.layers.sound.complex_spectrogram import ComplexSpectrogram
from keras_av.layers.sound.decibel_spectrogram import DecibelSpectrogram
from keras_av.layers.sound.front_ends import (
    kaldi_fbank,
    panns_log_mel,
    yamnet_log_mel,
)
from keras_av.layers.sound.log_mel_spectrogram import LogMelSpectrogram
from keras_av.layers.sound.log_mel_statistics import log_mel_statistics
from keras_av.layers.sound.mel_filters import mel_filters
from keras_av.layers.sound.spec_augment import SpecAugment
from keras_av.layers.sound.spectrogram_pooling import SpectrogramPooling
from keras_av.layers.sound.whole_windows import WholeWindows

__all__ = [
    "AttentionPooling",
    "BankAttention",
    "BatchNormalization",
    "ClipAugmentation",
    "ComplexSpectrogram",
    "Composition",
    "Conv2D",
    "Conv3D",
    "DecibelSpectrogram",
    "FeatureQueue",
    "FeatureRegressor",
    "ForClips",
    "FusionMLP",
    "HeNormal",
    "LogMelSpectrogram",
    "MemoryBank",
    "Mixup",
    "PartitionFunction",
    "PositiveSets",
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
    "WholeWindows",
    "agreeing_rows",
    "augmentation_recipe",
    "batch_norm",
    "kaldi_fbank",
    "log_mel_statistics",
    "mel_filters",
    "panns_log_mel",
    "yamnet_log_mel",
]


def __dir__() -> list[str]:
    return list(__all__)
