"""Stems and blocks of R(2+1)D networks, in three published layouts.

Layers have the names of the modules in the PyTorch networks, with `_` instead
of `.`, which `load_torch_weights` uses to find their weights.
"""

from collections.abc import Sequence

import keras

from keras_av.layers.convolution.batch_norm import batch_norm
from keras_av.layers.convolution.spatial_conv import SpatialConv
from keras_av.layers.convolution.temporal_conv import TemporalConv
from keras_av.models.residual import (
    EXPANSION,
    add_input,
    add_relu,
    conv,
    max_pool,
    norm_relu,
    shortcut,
)
from keras_av.ops.types import Tensor


def torchvision_stem(x: Tensor, filters: int) -> Tensor:
    """Apply a 7x7 convolution over space, then one over 3 frames."""
    names = ("stem_0", "stem_1", "stem_3")
    # The authors use 45 for 64 filters, not the matching number.
    middle = max(1, 45 * filters // 64)
    x = _factored(x, filters, middle, (3, 7), (1, 2), names)
    return norm_relu(x, "stem_4")


def pooled_stem(x: Tensor, filters: int) -> Tensor:
    """Apply the stem of torchvision and 3x3 max pooling over space."""
    return max_pool(torchvision_stem(x, filters), (1, 3, 3), (1, 2, 2))


def torchvision_block(
    x: Tensor, filters: int, strides: int, name: str
) -> Tensor:
    """Apply a block whose convolutions have the same middle filters."""
    middle = _matched(x.shape[-1], filters, (3, 3))
    names = [f"{name}_conv1_0_{part}" for part in (0, 1, 3)]
    y = _factored(x, filters, middle, (3, 3), (strides, strides), names)
    y = norm_relu(y, f"{name}_conv1_1")
    names = [f"{name}_conv2_0_{part}" for part in (0, 1, 3)]
    y = _factored(y, filters, middle, (3, 3), (1, 1), names)
    y = batch_norm(f"{name}_conv2_1")(y)
    return add_input(y, x, strides, name)


def bottleneck_block(
    x: Tensor, filters: int, strides: int, name: str
) -> Tensor:
    """Apply a factorized convolution between two of size 1.

    With a classifier of 400 classes, the network of depth 152 has 118.2
    million weights, as published.
    """
    middle = _matched(filters, filters, (3, 3))
    y = conv(x, filters, 1, 1, f"{name}_conv1_0")
    y = norm_relu(y, f"{name}_conv1_1")
    names = [f"{name}_conv2_0_{part}" for part in (0, 1, 3)]
    y = _factored(y, filters, middle, (3, 3), (strides, strides), names)
    y = norm_relu(y, f"{name}_conv2_1")
    y = conv(y, EXPANSION * filters, 1, 1, f"{name}_conv3_0")
    y = batch_norm(f"{name}_conv3_1")(y)
    return add_input(y, x, strides, name)


def ccl_stem(x: Tensor, filters: int) -> Tensor:
    """Apply a factorized 3x7x7 convolution with matched middle filters."""
    x = _ccl_conv(x, filters, (3, 7), (1, 2), "conv1")
    return norm_relu(x, "bn1")


def ccl_block(x: Tensor, filters: int, strides: int, name: str) -> Tensor:
    """Apply a block with matched middle filters, also in the shortcut."""
    steps = (strides, strides)
    y = _ccl_conv(x, filters, (3, 3), steps, f"{name}_conv1")
    y = norm_relu(y, f"{name}_bn1")
    y = _ccl_conv(y, filters, (3, 3), (1, 1), f"{name}_conv2")
    y = batch_norm(f"{name}_bn2")(y)
    if strides > 1 or x.shape[-1] != filters:
        x = _ccl_conv(x, filters, (1, 1), steps, f"{name}_downsampleconv")
        x = batch_norm(f"{name}_downsamplebn")(x)
    return add_relu(y, x, name)


def avid_stem(x: Tensor, filters: int) -> Tensor:
    """Apply a full 3x7x7 convolution and 3x3 max pooling."""
    x = conv(x, filters, (3, 7, 7), (1, 2, 2), "conv1_0")
    x = norm_relu(x, "conv1_1")
    return max_pool(x, (1, 3, 3), (1, 2, 2))


def avid_block(x: Tensor, filters: int, strides: int, name: str) -> Tensor:
    """Apply a block without widened middles, normalized after the sum."""
    parts = ("spt_conv", "spt_bn", "tmp_conv")
    names = [f"{name}_{part}1" for part in parts]
    y = _factored(x, filters, filters, (3, 3), (strides, strides), names)
    y = norm_relu(y, f"{name}_tmp_bn1")
    names = [f"{name}_{part}2" for part in parts]
    y = _factored(y, filters, filters, (3, 3), (1, 1), names)
    if strides > 1 or x.shape[-1] != filters:
        x = shortcut(x, filters, strides, f"{name}_res_conv")
    total = keras.layers.Add(name=f"{name}_add")([y, x])
    return norm_relu(total, f"{name}_out_bn")


def _ccl_conv(
    x: Tensor,
    filters: int,
    kernel_size: tuple[int, int],
    strides: tuple[int, int],
    name: str,
) -> Tensor:
    middle = _matched(x.shape[-1], filters, kernel_size)
    parts = ("spatial_conv", "bn", "temporal_conv")
    names = [f"{name}_{part}" for part in parts]
    return _factored(x, filters, middle, kernel_size, strides, names)


def _matched(inputs: int, filters: int, kernel_size: tuple[int, int]) -> int:
    """Number of middle filters that keeps the weights of a full convolution.

    A t x k x k convolution from i to f channels has t k^2 i f weights; when
    factorized with m middle channels, it has k^2 i m + t m f.
    """
    time, space = kernel_size
    full = time * space**2 * inputs * filters
    return full // (space**2 * inputs + time * filters)


def _factored(
    x: Tensor,
    filters: int,
    middle: int,
    kernel_size: tuple[int, int],
    strides: tuple[int, int],
    names: Sequence[str],
) -> Tensor:
    """Apply convolution over space, normalization, ReLU, convolution over time.

    Kernel sizes and strides are `(time, space)`.
    """
    space, norm, time = names
    x = SpatialConv(middle, kernel_size[1], strides[1], name=space)(x)
    x = norm_relu(x, norm)
    return TemporalConv(filters, kernel_size[0], strides[0], name=time)(x)
