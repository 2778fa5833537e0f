"""Files, clips and networks that the benchmarks share, as in the examples."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import keras
from absl import flags

from keras_av.data import ClipSpec, Manifest, clips, generated_set
from keras_av.layers import (
    ClipAugmentation,
    LogMelSpectrogram,
    SpecAugment,
    log_mel_statistics,
)
from keras_av.models import ResNet3DBackbone, ResNetBackbone

FLAGS = flags.FLAGS
flags.DEFINE_string("data", None, "Folder of videos; default: generated ones.")
flags.DEFINE_enum("scale", "small", ["smoke", "small"], "Sizes.")
flags.DEFINE_integer("seed", 0, "Governs everything random.")


def sizes() -> tuple[ClipSpec, int, int]:
    """Clips, width of the networks and clips in a batch, of --scale."""
    if FLAGS.scale == "smoke":
        return ClipSpec(8, 4, size=32, audio_seconds=2.0), 8, 16
    return ClipSpec(16, 2, size=48, audio_seconds=2.0), 16, 32


def train_files() -> Manifest:
    """Files to train on, of --data."""
    if FLAGS.data is not None:
        return Manifest.from_folder(FLAGS.data)
    num_train, num_test = (32, 16) if FLAGS.scale == "smoke" else (320, 128)
    files = generated_set(num_train=num_train, num_test=num_test)
    return files.where(split="train")


def make_encoder(modality: str, files: Manifest) -> keras.Model:
    """The video or the audio encoder of the examples."""
    spec, width, batch_size = sizes()
    if modality == "video":
        augment = ClipAugmentation(seed=FLAGS.seed)
        scale = keras.layers.Rescaling(1 / 127.5, -1.0)
        look = keras.Sequential([augment, scale])
        return ResNet3DBackbone(10, width, spec.video_shape, preprocessor=look)
    batches = clips(files, spec, batch_size)
    mean, std = log_mel_statistics(LogMelSpectrogram(), batches)
    spectrogram = LogMelSpectrogram(sequence_stride=320, mean=mean, std=std)
    masks = SpecAugment(max_time_width=10, seed=FLAGS.seed)
    listen = keras.Sequential([spectrogram, masks])
    return ResNetBackbone(10, width, spec.audio_shape, preprocessor=listen)
