"""Networks, as rules."""

import functools
import json
import pathlib
from typing import Any, Literal

import keras
import numpy as np

from keras_av.data import ClipSpec
from keras_av.layers import (
    ClipAugmentation,
    LogMelSpectrogram,
    SpecAugment,
    augmentation_recipe,
)
from keras_av.models import (
    Preset,
    R2Plus1DBackbone,
    ResNet3DBackbone,
    ResNetBackbone,
    listen_to_look_audio,
    listen_to_look_image,
    load_torch_weights,
)
from keras_av.rules.encoder import Encoder, Statistics
from keras_av.workspace import rule

Recipe = Literal[
    "none",
    "colors",
    "cross_modal_contrastive",
    "sscl",
    "compositional_contrastive",
]


@rule()
def resnet3d(
    *,
    depth: Literal[10, 18, 34] = 18,
    width: int = 64,
    augmentation: Recipe = "none",
    crop_size: int | None = None,
    weights: str | None = None,
) -> Encoder:
    """A network of clips by three-dimensional convolutions.

    Args:
        depth: Number of layers. Defaults to 18.
        width: Channels of the first stage. Defaults to 64.
        augmentation: What changes at random in training: `"none"` (default),
            `"colors"`, as `ClipAugmentation`, or the name of an
            `augmentation_recipe`.
        crop_size: Pixels that a recipe crops to. Defaults to the clip's size.
        weights: File of `numpy.savez` with the weights of the same network
            in PyTorch; see `load_torch_weights`. Defaults to random ones.

    Examples:

    >>> from keras_av.rules import resnet3d
    >>> resnet3d(depth=10, width=4, augmentation="colors").modality
    'video'
    """
    return _video(
        functools.partial(ResNet3DBackbone, depth, width),
        augmentation,
        crop_size,
        weights,
    )


@rule()
def r2plus1d(
    *,
    depth: Literal[10, 18, 34] = 18,
    width: int = 64,
    variant: Literal["torchvision", "ccl", "avid"] = "torchvision",
    augmentation: Recipe = "none",
    crop_size: int | None = None,
    weights: str | None = None,
) -> Encoder:
    """A network of clips whose convolutions are taken apart, R(2+1)D.

    Args:
        depth: Number of layers. Defaults to 18.
        width: Channels of the first stage. Defaults to 64.
        variant: Whose network; see `R2Plus1DBackbone`. Defaults to
            `"torchvision"`.
        augmentation: As for `resnet3d`. Defaults to `"none"`.
        crop_size: Pixels that a recipe crops to. Defaults to the clip's size.
        weights: As for `resnet3d`. Defaults to random ones.

    Examples:

    >>> from keras_av.rules import r2plus1d
    >>> r2plus1d(depth=18, width=4).modality
    'video'
    """
    return _video(
        functools.partial(R2Plus1DBackbone, depth, width, variant=variant),
        augmentation,
        crop_size,
        weights,
    )


@rule()
def image_resnet(
    *,
    depth: Literal[10, 18, 34] = 18,
    width: int = 64,
    weights: str | None = None,
) -> Encoder:
    """A network of single frames; see `listen_to_look_image`.

    Args:
        depth: Number of layers. Defaults to 18.
        width: Channels of the first stage. Defaults to 64.
        weights: As for `resnet3d`. Defaults to random ones.

    Examples:

    >>> from keras_av.rules import image_resnet
    >>> image_resnet(depth=10, width=4).modality
    'image'
    """

    def make(spec: ClipSpec, seed: int, _: Statistics) -> keras.Model:
        size = spec.height_width[0]
        return _filled(listen_to_look_image(size, depth, width), weights)

    return Encoder("image", make, path=_path(weights))


@rule()
def audio_resnet(
    *,
    depth: Literal[10, 18, 34] = 18,
    width: int = 64,
    num_mel_bins: int = 64,
    sequence_stride: int = 320,
    spec_augment: bool = True,
    tall: bool = False,
    weights: str | None = None,
) -> Encoder:
    """A network of sound by its log-mel spectrogram.

    Mean and standard deviation of the spectrogram are those of the clips to
    learn from.

    Args:
        depth: Number of layers. Defaults to 18.
        width: Channels of the first stage. Defaults to 64.
        num_mel_bins: Bands of the spectrogram. Defaults to 64.
        sequence_stride: Samples from one column to the next. Defaults to 320.
        spec_augment: Whether bands and columns are masked at random in
            training. Defaults to True.
        tall: Whether the network is that of `listen_to_look_audio`, which
            ends with pooling made for the shape of spectrograms. Defaults to
            False.
        weights: As for `resnet3d`. Defaults to random ones.

    Examples:

    >>> from keras_av.rules import audio_resnet
    >>> audio_resnet(depth=10, width=4).modality
    'audio'
    """

    def make(spec: ClipSpec, seed: int, statistics: Statistics) -> keras.Model:
        front = LogMelSpectrogram(
            sampling_rate=spec.sampling_rate,
            num_mel_bins=num_mel_bins,
            sequence_stride=sequence_stride,
        )
        # Of all columns, however many of them the network skips.
        mean, std = statistics(
            LogMelSpectrogram(spec.sampling_rate, num_mel_bins)
        )
        front = LogMelSpectrogram.from_config(
            {**front.get_config(), "mean": mean, "std": std}
        )
        if spec_augment:
            masks = SpecAugment(max_time_width=10, seed=seed)
            front = keras.Sequential([front, masks])
        if tall:
            model = listen_to_look_audio(
                spec.num_samples,
                spec.sampling_rate,
                num_mel_bins,
                depth,
                width,
                preprocessor=front,
            )
        else:
            model = ResNetBackbone(
                depth, width, spec.audio_shape, preprocessor=front
            )
        return _filled(model, weights)

    return Encoder("audio", make, path=_path(weights))


@rule()
def preset_encoder(
    *, path: str, modality: Literal["video", "image", "audio"]
) -> Encoder:
    """A network that `save_to_preset` has written.

    Args:
        path: The folder.
        modality: What it takes.

    Raises:
        ValueError: If it takes something else.

    Examples:

    >>> from keras_av.rules import preset_encoder
    >>> preset_encoder(path="/nowhere", modality="audio").missing()
    "there is no '/nowhere'"
    """
    folder = pathlib.Path(path)

    def make(spec: ClipSpec, seed: int, _: Statistics) -> keras.Model:
        return Preset.from_preset(folder)

    spec = None
    if (folder / "config.json").is_file():
        spec = _spec_of(folder, modality)
    return Encoder(modality, make, spec, folder)


def _spec_of(folder: pathlib.Path, modality: str) -> ClipSpec | None:
    """The clips that a preset takes, as far as its modality goes."""
    config = json.loads((folder / "config.json").read_text())
    shape: list[int] = config["config"].get("input_shape") or []
    if len(shape) != {"video": 4, "image": 3, "audio": 1}[modality]:
        raise ValueError(
            f"modality must be what the network takes. Received: "
            f"modality={modality!r}, and a network of shape {shape}"
        )
    if None in shape:
        return None
    if modality != "audio":
        frames = shape[0] if modality == "video" else 1
        return ClipSpec(num_frames=frames, size=(shape[-3], shape[-2]))
    rate = _find(config, "sampling_rate") or 16000
    return ClipSpec(
        num_frames=0, sampling_rate=rate, audio_seconds=shape[0] / rate
    )


def _find(config: Any, name: str) -> Any:
    """The first value of a name, however deep."""
    if isinstance(config, dict):
        if name in config:
            return config[name]
        config = list(config.values())
    if isinstance(config, list):
        return next(filter(None, (_find(one, name) for one in config)), None)
    return None


def _video(
    backbone: Any, augmentation: str, crop_size: int | None, weights: str | None
) -> Encoder:
    if crop_size is not None and augmentation in ("none", "colors"):
        raise ValueError(
            "crop_size belongs to a recipe. Received: "
            f"crop_size={crop_size}, augmentation={augmentation!r}"
        )

    def make(spec: ClipSpec, seed: int, _: Statistics) -> keras.Model:
        layers: list[keras.layers.Layer] = []
        if augmentation == "colors":
            layers = [ClipAugmentation(seed=seed)]
        elif augmentation != "none":
            size = crop_size or spec.height_width
            layers = [augmentation_recipe(augmentation, size, seed)[0]]
        scale = keras.layers.Rescaling(1 / 127.5, -1.0)
        front = keras.Sequential([*layers, scale])
        model = backbone(spec.video_shape, preprocessor=front)
        return _filled(model, weights)

    return Encoder("video", make, path=_path(weights))


def _filled(model: keras.Model, weights: str | None) -> keras.Model:
    if weights is not None:
        with np.load(weights, allow_pickle=False) as state:
            load_torch_weights(model, dict(state))
    return model


def _path(weights: str | None) -> pathlib.Path | None:
    return None if weights is None else pathlib.Path(weights)
