"""Conversion of published weights of PyTorch to presets."""

import functools
import os
from collections.abc import Callable
from typing import Literal

import keras

from keras_av.layers import panns_log_mel
from keras_av.models.backbone import Backbone
from keras_av.models.panns import PANNsBackbone
from keras_av.models.r2plus1d import R2Plus1DBackbone
from keras_av.models.resnet import ResNetBackbone
from keras_av.models.resnet3d import ResNet3DBackbone
from keras_av.models.weights.torch_weights import load_torch_weights

# Means and standard deviations of colors in [0, 1] that networks were trained
# with.
_IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
_KINETICS = ((0.43216, 0.394666, 0.37645), (0.22803, 0.22145, 0.216989))
_HARA = ((0.4345, 0.4051, 0.3775), (0.2768, 0.2713, 0.2737))

_IMAGE = (None, None, 3)
_VIDEO = (None, None, None, 3)


def convert_torch(
    source: str, path: str | os.PathLike[str], prefix: str = ""
) -> Backbone:
    """Make a backbone of published weights, with what prepares its input.

    It takes frames with values in [0, 255] or waveforms, and standardizes them
    with the statistics that the network was trained with. A classifier is left
    out; see `load_torch_weights` to keep it.

    References:
        - [torchvision](https://pytorch.org/vision/stable/models.html)
        - [3D-ResNets-PyTorch](
          https://github.com/kenshohara/3D-ResNets-PyTorch)
        - [PANNs](https://github.com/qiuqiangkong/audioset_tagging_cnn)

    Args:
        source: Publisher and network, such as `"torchvision:resnet18"`; one of
            `converters.SOURCES`.
        path: Path of the file of weights; see `read_torch_weights`.
        prefix: Beginning of the names of its tensors. Defaults to none.

    Returns:
        The backbone, of any size of images, length of clips and of sound.

    Raises:
        ValueError: If the source is unknown, or the weights are not those of
            its network.

    Examples:

    >>> from keras_av.models import convert_torch
    >>> convert_torch("torchvision:vgg16", "vgg16.pth")
    Traceback (most recent call last):
    ValueError: Received source='torchvision:vgg16'. Expected one of ...
    """
    if source not in SOURCES:
        raise ValueError(
            f"Received source={source!r}. Expected one of {list(SOURCES)}."
        )
    backbone = SOURCES[source]()
    load_torch_weights(backbone, path, prefix=prefix)
    return backbone


def standardization(
    mean: tuple[float, ...], std: tuple[float, ...]
) -> keras.layers.Rescaling:
    """Standardize 8-bit colors by statistics of colors in [0, 1].

    Args:
        mean: Mean of each color.
        std: Standard deviation of each color.

    Examples:

    >>> import numpy as np
    >>> from keras_av.models.weights.converters import standardization
    >>> layer = standardization((0.5,), (0.25,))
    >>> float(layer(np.full((1, 1), 255, "uint8"))[0, 0])
    2.0
    """
    return keras.layers.Rescaling(
        scale=[1 / (255 * s) for s in std],
        offset=[-m / s for m, s in zip(mean, std)],
    )


def _resnet(depth: int) -> Backbone:
    front = standardization(*_IMAGENET)
    return ResNetBackbone(depth, input_shape=_IMAGE, preprocessor=front)


def _r2plus1d_18() -> Backbone:
    front = standardization(*_KINETICS)
    return R2Plus1DBackbone(18, input_shape=_VIDEO, preprocessor=front)


def _video_18(variant: Literal["r3d", "mc3"]) -> Backbone:
    return ResNet3DBackbone(
        18,
        input_shape=_VIDEO,
        preprocessor=standardization(*_KINETICS),
        variant=variant,
    )


def _hara(depth: int) -> Backbone:
    front = standardization(*_HARA)
    return ResNet3DBackbone(depth, input_shape=_VIDEO, preprocessor=front)


def _panns(
    variant: Literal["cnn6", "cnn10", "cnn14"], embedding_dim: int | None = None
) -> Backbone:
    return PANNsBackbone(
        variant,
        input_shape=(None,),
        embedding_dim=embedding_dim,
        preprocessor=panns_log_mel(),
    )


SOURCES: dict[str, Callable[[], Backbone]] = {
    **{
        f"torchvision:resnet{depth}": functools.partial(_resnet, depth)
        for depth in (18, 34, 50, 101, 152)
    },
    "torchvision:r2plus1d_18": _r2plus1d_18,
    "torchvision:r3d_18": functools.partial(_video_18, "r3d"),
    "torchvision:mc3_18": functools.partial(_video_18, "mc3"),
    **{
        f"hara:resnet{depth}": functools.partial(_hara, depth)
        for depth in (10, 18, 34, 50, 101, 152)
    },
    "panns:cnn14": functools.partial(_panns, "cnn14"),
    "panns:cnn14_emb512": functools.partial(_panns, "cnn14", 512),
    "panns:cnn10": functools.partial(_panns, "cnn10"),
    "panns:cnn6": functools.partial(_panns, "cnn6"),
}
