"""How the tensors of PyTorch modules become the weights of Keras layers."""

import functools
from collections.abc import Callable

import keras
import numpy as np

from keras_av.layers.convolution.spatial_conv import SpatialConv
from keras_av.layers.convolution.temporal_conv import TemporalConv
from keras_av.layers.sound.spectrogram_pooling import SpectrogramPooling
from keras_av.ops.types import Array

Convert = Callable[[Array], Array]


def torch_tensors(layer: keras.layers.Layer) -> dict[str, Convert]:
    """The tensors of the same module in PyTorch, in the order of the weights.

    Args:
        layer: A built convolution, dense layer, normalization or pooling.

    Returns:
        Functions from each tensor to the weight, by the tensor's name.

    Raises:
        ValueError: If the layer is of another kind.

    Examples:

    >>> import keras, numpy as np
    >>> from keras_av.models.weights.torch_layers import torch_tensors
    >>> dense = keras.layers.Dense(2)
    >>> {name: convert(np.ones((2,) if name == "bias" else (2, 3))).shape
    ...  for name, convert in torch_tensors(dense).items()}
    {'weight': (3, 2), 'bias': (2,)}
    """
    for kinds, function in _KINDS.items():
        if isinstance(layer, kinds):
            return function(layer)
    raise ValueError(
        f"Received a model whose layer {layer.name!r} is a "
        f"{type(layer).__name__} with weights. Expected convolutions, dense "
        "layers and normalizations: name it in skip to leave it as it is."
    )


def _layer_norm(layer: keras.layers.Layer) -> dict[str, Convert]:
    kept = {"weight": layer.scale, "bias": layer.center}
    return {name: _same for name, is_kept in kept.items() if is_kept}


def _batch_norm(layer: keras.layers.Layer) -> dict[str, Convert]:
    return {
        **_layer_norm(layer),
        "running_mean": _same,
        "running_var": _same,
    }


def _dense(layer: keras.layers.Layer) -> dict[str, Convert]:
    return {"weight": np.transpose, **_bias(layer)}


def _conv(layer: keras.layers.Layer) -> dict[str, Convert]:
    return {"weight": _channels_last, **_bias(layer)}


def _depthwise_conv(layer: keras.layers.Layer) -> dict[str, Convert]:
    convert = functools.partial(_by_group, count=layer.depth_multiplier)
    return {"weight": convert, **_bias(layer)}


def _spatial_conv(_: keras.layers.Layer) -> dict[str, Convert]:
    return {"weight": lambda tensor: _channels_last(tensor[:, :, 0])}


def _temporal_conv(_: keras.layers.Layer) -> dict[str, Convert]:
    return {"weight": lambda tensor: _channels_last(tensor[..., 0])}


def _spectrogram_pooling(_: keras.layers.Layer) -> dict[str, Convert]:
    # In PyTorch: (1, frequencies, 1, 1) and (1,).
    return dict.fromkeys(("weight", "bias"), _second_axis)


# Depthwise convolutions are no subclasses of the others.
_KINDS: dict[
    tuple[type[keras.layers.Layer], ...],
    Callable[[keras.layers.Layer], dict[str, Convert]],
] = {
    (keras.layers.BatchNormalization,): _batch_norm,
    (keras.layers.LayerNormalization,): _layer_norm,
    (keras.layers.Dense,): _dense,
    (
        keras.layers.DepthwiseConv1D,
        keras.layers.DepthwiseConv2D,
    ): _depthwise_conv,
    (
        keras.layers.Conv1D,
        keras.layers.Conv2D,
        keras.layers.Conv3D,
    ): _conv,
    (SpatialConv,): _spatial_conv,
    (TemporalConv,): _temporal_conv,
    (SpectrogramPooling,): _spectrogram_pooling,
}


def _bias(layer: keras.layers.Layer) -> dict[str, Convert]:
    return {"bias": _same} if layer.use_bias else {}


def _same(tensor: Array) -> Array:
    return tensor


def _second_axis(tensor: Array) -> Array:
    return tensor.reshape(tensor.shape[1:2])


def _channels_last(tensor: Array) -> Array:
    """From (out, in, ...) to (..., in, out)."""
    return np.moveaxis(tensor, (1, 0), (-2, -1))


def _by_group(tensor: Array, count: int) -> Array:
    """From (in * count, 1, ...) to (..., in, count)."""
    parts = tensor.reshape(-1, count, *tensor.shape[2:])
    return np.moveaxis(parts, (0, 1), (-2, -1))
