"""R(2+1)D networks for video with factorized 3D convolutions."""

from collections.abc import Sequence
from typing import Any, Literal

import keras

from keras_av.models.backbone import Backbone
from keras_av.models.r2plus1d_blocks import (
    avid_block,
    avid_stem,
    bottleneck_block,
    ccl_block,
    ccl_stem,
    pooled_stem,
    torchvision_block,
    torchvision_stem,
)
from keras_av.models.residual import check_depth, residual_stages, stage_widths
from keras_av.ops.types import Tensor

_VARIANTS = {
    "torchvision": (torchvision_stem, torchvision_block),
    "ccl": (ccl_stem, ccl_block),
    "avid": (avid_stem, avid_block),
}

# Only the authors publish one of bottlenecks.
_DEPTHS = {
    "torchvision": (10, 18, 34, 152),
    "ccl": (10, 18, 34),
    "avid": (10, 18, 34),
}


@keras.saving.register_keras_serializable(package="keras_av")
class R2Plus1DBackbone(Backbone):
    """R(2+1)D: 3x3x3 convolutions factorized into space and time.

    The number of filters between the two is chosen to keep the number of
    weights. With a classifier of 400 classes, the networks of depth 18 and 152
    have 31,505,325 and 118,226,785 trainable weights. The published networks
    differ in detail:

    - `"torchvision"`: a stem with 45 middle filters, and the same number of
      middle filters for both convolutions of a block, as in the network of the
      authors and of torchvision. With a depth of 152, bottlenecks and max
      pooling after the stem, as in the largest network of the authors.
    - `"ccl"`: the number of middle filters is computed for each convolution,
      including the stem (83) and the shortcuts, which are factorized too.
      Compositional contrastive learning calls its network of depth 10 "18".
    - `"avid"`: a full 3x7x7 stem with max pooling, as many middle filters as
      output filters, and a single normalization after the sum. Use
      `pooling="max"`.

    References:
        - [Tran et al., 2018](https://arxiv.org/abs/1711.11248)
        - [Chen et al., 2021](https://arxiv.org/abs/2104.10955), for `"ccl"`
        - [Morgado et al., 2021](https://arxiv.org/abs/2004.12943), for
          `"avid"`

    Args:
        depth: Number of layers with weights: 10, 18 or 34, or 152 for
            `"torchvision"`. Defaults to 18.
        width: Number of filters of the first stage, doubled in each later
            stage, or the numbers of one to four stages: those after them are
            left out. Defaults to 64.
        input_shape: Shape of the raw input without the batch axis. Defaults
            to `(16, 112, 112, 3)`.
        pooling: `"avg"` or `"max"` over time and space. Defaults to `"avg"`.
        preprocessor: Layer that is applied to the raw input first. Defaults
            to None.
        variant: `"torchvision"`, `"ccl"` or `"avid"`. Defaults to
            `"torchvision"`.
        **kwargs: `name` and `trainable`.

    Call arguments:
        inputs: Clips, `(batch, frames, height, width, channels)`, or raw
            inputs of the preprocessor.

    Output shape:
        `(batch, 8 * width)`, or the last of the widths; four times as many
        with a depth of 152. float32.

    Raises:
        ValueError: If the depth, the variant or the pooling is unknown, or
            the input is not of rank 5.

    Examples:

    >>> import keras, numpy as np
    >>> from keras_av.models import R2Plus1DBackbone
    >>> scale = keras.layers.Rescaling(1 / 127.5, offset=-1)
    >>> encoder = R2Plus1DBackbone(
    ...     10, (4, 4, 4, 4), input_shape=(4, 16, 16, 3), preprocessor=scale
    ... )
    >>> tuple(encoder(np.zeros((1, 4, 16, 16, 3), "uint8")).shape)
    (1, 4)
    """

    def __init__(
        self,
        depth: int = 18,
        width: int | Sequence[int] = 64,
        input_shape: Sequence[int | None] = (16, 112, 112, 3),
        pooling: str | keras.layers.Layer = "avg",
        preprocessor: keras.layers.Layer | None = None,
        variant: Literal["torchvision", "ccl", "avid"] = "torchvision",
        **kwargs: Any,
    ) -> None:
        if variant not in _VARIANTS:
            raise ValueError(
                f"Received variant={variant!r}. Expected one of "
                f"{list(_VARIANTS)}."
            )
        check_depth(depth, _DEPTHS[variant])
        stem, block = _VARIANTS[variant]
        if depth == 152:
            stem, block = pooled_stem, bottleneck_block

        def trunk(x: Tensor) -> dict[str, Tensor]:
            x = stem(x, stage_widths(width)[0])
            return residual_stages(x, 4 * [block], depth, width)

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
