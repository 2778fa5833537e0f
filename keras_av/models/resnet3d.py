"""3D residual networks for video."""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import keras

from keras_av.layers.convolution.batch_norm import batch_norm
from keras_av.layers.convolution.spatial_conv import SpatialConv
from keras_av.models.backbone import Backbone
from keras_av.models.residual import (
    DEPTHS,
    add_input,
    block_of_depth,
    check_depth,
    conv,
    max_pool,
    norm_relu,
    residual_stages,
    stage_widths,
)
from keras_av.ops.types import Tensor

# Depths of each variant.
_DEPTHS = {
    "hara": DEPTHS,
    "r3d": (10, 18, 34),
    "mc3": (10, 18, 34),
}


@keras.saving.register_keras_serializable(package="keras_av")
class ResNet3DBackbone(Backbone):
    """3D ResNet, whose convolutions span time and space.

    Four stages of blocks of two 3x3x3 convolutions, or from a depth of 50 on
    of bottlenecks, follow a stem. The published networks differ in detail:

    - `"hara"`: a 7x7x7 convolution with stride 1 in time and 2 in space and
      3x3x3 max pooling with stride 2, as in kenshohara/3D-ResNets-PyTorch, with
      convolutional shortcuts (type B). With a classifier of 400 classes, the
      networks of depth 10, 18, 34 and 50 have 14,604,624, 33,409,104,
      63,718,736 and 47,018,576 trainable weights.
    - `"r3d"`: a 3x7x7 convolution and no pooling, as in torchvision. With a
      classifier of 400 classes, the network of depth 18 has 33,371,472.
    - `"mc3"`: likewise, but convolutions after the first stage are 1x3x3, and
      time keeps its length: 11,695,440.

    Under XLA on a CPU (JAX), 3D convolutions are slow: `R2Plus1DBackbone` does
    not use them.

    References:
        - [Hara et al., 2018](https://arxiv.org/abs/1711.09577)
        - [Tran et al., 2018](https://arxiv.org/abs/1711.11248), for `"r3d"`
          and `"mc3"`

    Args:
        depth: Number of layers with weights: 10, 18 or 34, and for `"hara"`
            50, 101 or 152. Defaults to 18.
        width: Number of filters of the first stage, doubled in each later
            stage, or the numbers of one to four stages: those after them are
            left out. Defaults to 64.
        input_shape: Shape of the raw input without the batch axis. Defaults
            to `(16, 112, 112, 3)`.
        pooling: `"avg"` or `"max"` over time and space. Defaults to `"avg"`.
        preprocessor: Layer that is applied to the raw input first. Defaults
            to None.
        variant: `"hara"`, `"r3d"` or `"mc3"`. Defaults to `"hara"`.
        **kwargs: `name` and `trainable`.

    Call arguments:
        inputs: Clips, `(batch, frames, height, width, channels)`, or raw
            inputs of the preprocessor.

    Output shape:
        `(batch, 8 * width)`, or the last of the widths; four times as many
        from a depth of 50 on. float32.

    Raises:
        ValueError: If the depth, the variant or the pooling is unknown, or the
            input is not of rank 5.

    Examples:

    >>> import numpy as np
    >>> from keras_av.models import ResNet3DBackbone
    >>> encoder = ResNet3DBackbone(10, (4, 4, 4, 4), (4, 16, 16, 3))
    >>> tuple(encoder(np.zeros((1, 4, 16, 16, 3), "float32")).shape)
    (1, 4)
    """

    def __init__(
        self,
        depth: int = 18,
        width: int | Sequence[int] = 64,
        input_shape: Sequence[int | None] = (16, 112, 112, 3),
        pooling: str | keras.layers.Layer = "avg",
        preprocessor: keras.layers.Layer | None = None,
        variant: Literal["hara", "r3d", "mc3"] = "hara",
        **kwargs: Any,
    ) -> None:
        if variant not in _DEPTHS:
            raise ValueError(
                f"Received variant={variant!r}. Expected one of "
                f"{list(_DEPTHS)}."
            )
        check_depth(depth, _DEPTHS[variant])
        if variant == "hara":
            blocks = 4 * [block_of_depth(depth)]
        else:
            later = _block if variant == "r3d" else _spatial_block
            blocks = [_block, later, later, later]

        def trunk(x: Tensor) -> dict[str, Tensor]:
            stem = _pooled_stem if variant == "hara" else _stem
            x = stem(x, stage_widths(width)[0])
            return residual_stages(x, blocks, depth, width)

        super().__init__(trunk, input_shape, 5, pooling, preprocessor, **kwargs)
        self.depth = depth
        # A list, as in a loaded config.
        self.width = width if isinstance(width, int) else list(width)
        self.variant = variant

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "depth": self.depth,
            "width": self.width,
            "variant": self.variant,
        }


def _pooled_stem(x: Tensor, filters: int) -> Tensor:
    x = conv(x, filters, 7, (1, 2, 2), "conv1")
    return max_pool(norm_relu(x, "bn1"), 3, 2)


def _stem(x: Tensor, filters: int) -> Tensor:
    x = conv(x, filters, (3, 7, 7), (1, 2, 2), "stem_0")
    return norm_relu(x, "stem_1")


def _block(x: Tensor, filters: int, strides: int, name: str) -> Tensor:
    def full(x: Tensor, strides: int, name: str) -> Tensor:
        return conv(x, filters, 3, strides, name)

    return add_input(_two_convs(x, full, strides, name), x, strides, name)


def _spatial_block(x: Tensor, filters: int, strides: int, name: str) -> Tensor:
    def within(x: Tensor, strides: int, name: str) -> Tensor:
        return SpatialConv(filters, 3, strides, name=name)(x)

    y = _two_convs(x, within, strides, name)
    return add_input(y, x, strides, name, _spatial_shortcut)


def _two_convs(
    x: Tensor,
    convolve: Callable[[Tensor, int, str], Tensor],
    strides: int,
    name: str,
) -> Tensor:
    """Apply two convolutions, with the names of torchvision."""
    y = convolve(x, strides, f"{name}_conv1_0")
    y = norm_relu(y, f"{name}_conv1_1")
    y = convolve(y, 1, f"{name}_conv2_0")
    return batch_norm(f"{name}_conv2_1")(y)


def _spatial_shortcut(
    x: Tensor, filters: int, strides: int, name: str
) -> Tensor:
    return SpatialConv(filters, 1, strides, name=name)(x)
