"""2D residual networks for images and spectrograms."""

from collections.abc import Sequence
from typing import Any

import keras

from keras_av.models.backbone import Backbone
from keras_av.models.residual import (
    DEPTHS,
    block_of_depth,
    check_depth,
    conv,
    max_pool,
    norm_relu,
    residual_stages,
    stage_widths,
)
from keras_av.ops.types import Tensor


@keras.saving.register_keras_serializable(package="keras_av")
class ResNetBackbone(Backbone):
    """ResNet in the layout of torchvision.

    A 7x7 convolution and 3x3 max pooling, both with stride 2, are followed by
    four stages of blocks of two 3x3 convolutions, or from a depth of 50 on of
    bottlenecks: 1x1, 3x3 and 1x1, the last with four times as many filters.
    Without a classifier, ResNet-18, 34, 50, 101 and 152 have 11,176,512,
    21,284,672, 23,508,032, 42,500,160 and 58,143,808 trainable weights for RGB
    images; ResNet-10 has 4,899,520 for one channel. For spectrograms
    set `input_shape` to `(time, mel, 1)`, or to `(samples,)` with a
    `keras_av.layers.LogMelSpectrogram` as the preprocessor.

    References:
        - [He et al., 2016](https://arxiv.org/abs/1512.03385)

    Args:
        depth: Number of layers with weights: 10, 18, 34, 50, 101 or 152.
            Defaults to 18.
        width: Number of filters of the first stage, doubled in each later
            stage, or the numbers of one to four stages: those after them are
            left out. Defaults to 64.
        input_shape: Shape of the raw input without the batch axis. Defaults
            to `(None, None, 3)`, images of any size.
        pooling: `"avg"` or `"max"` over all positions, or a layer from the
            last feature map to a descriptor. Defaults to `"avg"`.
        preprocessor: Layer that is applied to the raw input first. Defaults
            to None.
        stem_strides: Stride of the first convolution. Use 1 for small
            spectrograms. Defaults to 2.
        **kwargs: `name` and `trainable`.

    Call arguments:
        inputs: Images, `(batch, height, width, channels)`, or raw inputs of
            the preprocessor.

    Output shape:
        `(batch, 8 * width)`, or the last of the widths; four times as many
        from a depth of 50 on. float32.

    Raises:
        ValueError: If the depth or the pooling is unknown, or the input is
            not of rank 4.

    Examples:

    >>> import numpy as np
    >>> from keras_av.layers import LogMelSpectrogram
    >>> from keras_av.models import ResNetBackbone
    >>> encoder = ResNetBackbone(
    ...     10,
    ...     width=(4, 4, 4, 4),
    ...     input_shape=(None,),
    ...     preprocessor=LogMelSpectrogram(),
    ... )
    >>> tuple(encoder(np.zeros((2, 16000), "float32")).shape)
    (2, 4)
    """

    def __init__(
        self,
        depth: int = 18,
        width: int | Sequence[int] = 64,
        input_shape: Sequence[int | None] = (None, None, 3),
        pooling: str | keras.layers.Layer = "avg",
        preprocessor: keras.layers.Layer | None = None,
        stem_strides: int = 2,
        **kwargs: Any,
    ) -> None:
        check_depth(depth, DEPTHS)

        def trunk(x: Tensor) -> dict[str, Tensor]:
            filters = stage_widths(width)[0]
            x = conv(x, filters, 7, stem_strides, "conv1")
            x = max_pool(norm_relu(x, "bn1"), 3, 2)
            return residual_stages(x, 4 * [block_of_depth(depth)], depth, width)

        super().__init__(trunk, input_shape, 4, pooling, preprocessor, **kwargs)
        self.depth = depth
        # A list, as in a loaded config.
        self.width = width if isinstance(width, int) else list(width)
        self.stem_strides = stem_strides

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "depth": self.depth,
            "width": self.width,
            "stem_strides": self.stem_strides,
        }
