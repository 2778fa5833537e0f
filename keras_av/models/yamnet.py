"""YAMNet: MobileNet on log-mel patches, pre-trained on AudioSet."""

import os
from collections.abc import Sequence
from typing import Any

import keras

from keras_av.layers.convolution.batch_normalization import BatchNormalization
from keras_av.layers.convolution.conv2d import Conv2D
from keras_av.layers.sound.front_ends import yamnet_log_mel
from keras_av.layers.sound.whole_windows import WholeWindows
from keras_av.models.backbone import Backbone
from keras_av.models.per_patch import PerPatch
from keras_av.models.weights.yamnet_weights import read_yamnet_weights
from keras_av.ops.types import Tensor

# Strides and filters of the separable convolutions.
_LAYERS = [
    (1, 64),
    (2, 128),
    (1, 128),
    (2, 256),
    (1, 256),
    (2, 512),
    *5 * [(1, 512)],
    (2, 1024),
    (1, 1024),
]
# A patch of 0.975 s of sound at 16 kHz, and half of it, are so many samples.
_SAMPLES, _STEP = 15600, 7680
_TIMES, _BINS, _HOP = 96, 64, 48

_WHERE = (
    "Expected the path of yamnet.h5, which "
    "https://github.com/tensorflow/models/tree/master/research/audioset/yamnet "
    "names, or of an ONNX file of the network: keras_av ships no weights. "
    "YAMNetBackbone() has random ones."
)


@keras.saving.register_keras_serializable(package="keras_av")
class YAMNetBackbone(Backbone):
    """MobileNet on patches of 0.96 s of a log-mel spectrogram.

    A waveform is padded with silence to whole patches, one every 0.48 s. A
    convolution and 13 pairs of a depthwise and a 1x1 convolution, each with
    batch normalization without a scale, give each patch 1024 numbers, whose
    mean over the patches is the descriptor. It has 3,195,456 trainable weights.

    References:
        - [YAMNet, 2020](https://github.com/tensorflow/models/tree/master/
          research/audioset/yamnet)
        - [Howard et al., 2017](https://arxiv.org/abs/1704.04861)

    Args:
        input_shape: `(samples,)` at 16 kHz, or `(None,)` for any length.
            Defaults to `(None,)`.
        **kwargs: `name` and `trainable`.

    Call arguments:
        inputs: Waveforms in [-1, 1] at 16 kHz, `(batch, samples)`.

    Output shape:
        `(batch, 1024)`, float32.

    Examples:

    >>> import numpy as np
    >>> from keras_av.models import YAMNetBackbone
    >>> encoder = YAMNetBackbone()
    >>> tuple(encoder(np.zeros((2, 16000), "float32")).shape)
    (2, 1024)
    """

    def __init__(
        self, input_shape: Sequence[int | None] = (None,), **kwargs: Any
    ) -> None:
        def trunk(x: Tensor) -> dict[str, Tensor]:
            return {"patches": PerPatch(_network(), _HOP, name="patches")(x)}

        front = keras.Sequential(
            [WholeWindows(_SAMPLES, _STEP), yamnet_log_mel()]
        )
        pooling = keras.layers.GlobalAveragePooling1D(
            dtype="float32", name="pool"
        )
        super().__init__(trunk, input_shape, 4, pooling, front, **kwargs)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        # The network has one front end and one pooling.
        return {k: config[k] for k in ("name", "trainable", "input_shape")}


def yamnet(
    weights: str | os.PathLike[str] | None = None, **kwargs: Any
) -> YAMNetBackbone:
    """Make YAMNet with published weights, a teacher of sound.

    Args:
        weights: Path of `yamnet.h5`, as published, or of an ONNX file, which
            needs the extra `onnx`; see `read_yamnet_weights`.
        **kwargs: Arguments of `YAMNetBackbone`.

    Returns:
        A `YAMNetBackbone`.

    Raises:
        ValueError: If there is no path, which says where weights are, or the
            file holds those of another network.

    Examples:

    >>> from keras_av.models import yamnet
    >>> yamnet()
    Traceback (most recent call last):
    ValueError: Received weights=None. Expected the path of yamnet.h5, ...
    """
    if weights is None:
        raise ValueError(f"Received weights=None. {_WHERE}")
    backbone = YAMNetBackbone(**kwargs)
    network = backbone.get_layer("patches").network
    network.set_weights(read_yamnet_weights(weights, network))
    return backbone


def _network() -> keras.Model:
    x = inputs = keras.Input((_TIMES, _BINS, 1))
    options = {"padding": "same", "use_bias": False}
    x = Conv2D(32, 3, 2, name="layer1_conv", **options)(x)
    x = _norm_relu(x, "layer1_conv_bn")
    for number, (strides, filters) in enumerate(_LAYERS, start=2):
        name = f"layer{number}_depthwise_conv"
        layer = keras.layers.DepthwiseConv2D(3, strides, name=name, **options)
        x = _norm_relu(layer(x), f"{name}_bn")
        name = f"layer{number}_pointwise_conv"
        x = Conv2D(filters, 1, name=name, **options)(x)
        x = _norm_relu(x, f"{name}_bn")
    pool = keras.layers.GlobalAveragePooling2D(dtype="float32")
    return keras.Model(inputs, pool(x), name="mobilenet")


def _norm_relu(x: Tensor, name: str) -> Tensor:
    norm = BatchNormalization(
        momentum=0.99, epsilon=1e-4, scale=False, name=name
    )
    return keras.layers.ReLU()(norm(x))
