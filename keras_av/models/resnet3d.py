"""3D residual networks for video."""

from collections.abc import Sequence
from typing import Any

import keras

from keras_av.models.backbone import Backbone
from keras_av.models.residual import (
    basic_block,
    conv,
    max_pool,
    norm_relu,
    residual_stages,
    stage_widths,
)
from keras_av.ops.types import Tensor


@keras.saving.register_keras_serializable(package="keras_av")
class ResNet3DBackbone(Backbone):
    """3D ResNet with basic blocks, whose convolutions span time and space.

    A 7x7x7 convolution with stride 1 in time and 2 in space and 3x3x3 max
    pooling with stride 2 are followed by four stages of blocks of two 3x3x3
    convolutions, with convolutional shortcuts (type B). This is the layout of
    kenshohara/3D-ResNets-PyTorch. With a classifier of 400 classes, the
    networks of depth 10, 18 and 34 have 14,604,624, 33,409,104 and 63,718,736
    trainable weights. Under XLA on a CPU (JAX), 3D convolutions are slow:
    `R2Plus1DBackbone` does not use them.

    References:
        - [Hara et al., 2018](https://arxiv.org/abs/1711.09577)

    Args:
        depth: Number of layers with weights: 10, 18 or 34. Defaults to 18.
        width: Number of filters of the first stage, doubled in each later
            stage, or the numbers of all four stages. Defaults to 64.
        input_shape: Shape of the raw input without the batch axis. Defaults
            to `(16, 112, 112, 3)`.
        pooling: `"avg"` or `"max"` over time and space. Defaults to `"avg"`.
        preprocessor: Layer that is applied to the raw input first. Defaults
            to None.
        **kwargs: `name` and `trainable`.

    Call arguments:
        inputs: Clips, `(batch, frames, height, width, channels)`, or raw
            inputs of the preprocessor.

    Output shape:
        `(batch, 8 * width)`, or the last of four widths; float32.

    Raises:
        ValueError: If the depth or the pooling is unknown, or the input is
            not of rank 5.

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
        **kwargs: Any,
    ) -> None:
        def trunk(x: Tensor) -> dict[str, Tensor]:
            filters = stage_widths(width)[0]
            x = conv(x, filters, 7, (1, 2, 2), "conv1")
            x = max_pool(norm_relu(x, "bn1"), 3, 2)
            return residual_stages(x, basic_block, depth, width)

        super().__init__(trunk, input_shape, 5, pooling, preprocessor, **kwargs)
        self.depth = depth
        # A list, as in a loaded config.
        self.width = width if isinstance(width, int) else list(width)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "depth": self.depth,
            "width": self.width,
        }
