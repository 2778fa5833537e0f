"""Encoders from raw video, images or sound to descriptors."""

from keras_av.models.audio_encoder import audio_encoder
from keras_av.models.avid_audio import AVIDAudioBackbone
from keras_av.models.backbone import Backbone
from keras_av.models.frames_encoder import frames_encoder
from keras_av.models.image_audio import ImageAudioEncoder
from keras_av.models.listen_to_look import (
    listen_to_look_audio,
    listen_to_look_image,
)
from keras_av.models.panns import PANNsBackbone
from keras_av.models.presets.preset import Preset
from keras_av.models.presets.push_preset import push_preset
from keras_av.models.r2plus1d import R2Plus1DBackbone
from keras_av.models.resnet import ResNetBackbone
from keras_av.models.resnet3d import ResNet3DBackbone
from keras_av.models.separation_unet import SeparationUNet
from keras_av.models.sound_cnn import SoundCNNBackbone
from keras_av.models.text.text_backbone import TextBackbone
from keras_av.models.text.word_vocabulary import word_vocabulary
from keras_av.models.wave_cnn import WaveCNNBackbone
from keras_av.models.weights.converters import convert_torch
from keras_av.models.weights.torch_file import read_torch_weights
from keras_av.models.weights.torch_weights import load_torch_weights
from keras_av.models.with_descriptor import with_descriptor
from keras_av.models.with_taps import with_taps
from keras_av.models.yamnet import YAMNetBackbone, yamnet

__all__ = [
    "AVIDAudioBackbone",
    "Backbone",
    "ImageAudioEncoder",
    "PANNsBackbone",
    "Preset",
    "R2Plus1DBackbone",
    "ResNet3DBackbone",
    "ResNetBackbone",
    "SeparationUNet",
    "SoundCNNBackbone",
    "TextBackbone",
    "WaveCNNBackbone",
    "YAMNetBackbone",
    "audio_encoder",
    "convert_torch",
    "frames_encoder",
    "listen_to_look_audio",
    "listen_to_look_image",
    "load_torch_weights",
    "push_preset",
    "read_torch_weights",
    "with_descriptor",
    "with_taps",
    "word_vocabulary",
    "yamnet",
]


def __dir__() -> list[str]:
    return list(__all__)
