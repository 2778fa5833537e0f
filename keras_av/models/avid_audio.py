"""The network for sound of audio-visual instance discrimination."""

from collections.abc import Sequence
from typing import Any

import keras

from keras_av.models.backbone import Backbone
from keras_av.models.residual import conv, norm_relu, stage_widths
from keras_av.ops.types import Tensor

# Of the four blocks.
_STRIDES = (2, 2, 2, 1)


@keras.saving.register_keras_serializable(package="keras_av")
class AVIDAudioBackbone(Backbone):
    """Nine convolutions of a spectrogram, those of AVID.

    A 7x7 convolution with stride 2, then four blocks of two 3x3 ones without a
    shortcut; the first three halve time and frequency. A network of width 64
    has 4,725,696 weights, moving statistics left out. The authors count the
    first layer of the head and call it Conv2D-10.

    References:
        - [Morgado et al., 2021](https://arxiv.org/abs/2004.12943)

    Args:
        width: Number of filters of the first block, doubled in each later
            block, or the numbers of all four blocks. Defaults to 64.
        input_shape: Shape of the raw input without the batch axis, such as
            `(time, bins, 1)`. Defaults to `(200, 257, 1)`.
        pooling: `"max"` or `"avg"` over time and frequency. Defaults to
            `"max"`.
        preprocessor: Layer that is applied to the raw input first, such as
            `keras_av.layers.DecibelSpectrogram`. Defaults to None.
        **kwargs: `name` and `trainable`.

    Call arguments:
        inputs: Spectrograms, `(batch, time, bins, 1)`, or raw inputs of the
            preprocessor.

    Output shape:
        `(batch, 8 * width)`, or the last of four widths, float32.

    Raises:
        ValueError: If the pooling is unknown, or the input is not of rank 4.

    Examples:

    >>> import numpy as np
    >>> from keras_av.layers import DecibelSpectrogram
    >>> from keras_av.models import AVIDAudioBackbone
    >>> encoder = AVIDAudioBackbone(
    ...     (4, 4, 4, 4), (24000,), preprocessor=DecibelSpectrogram()
    ... )
    >>> tuple(encoder(np.zeros((1, 24000), "float32")).shape)
    (1, 4)
    """

    def __init__(
        self,
        width: int | Sequence[int] = 64,
        input_shape: Sequence[int | None] = (200, 257, 1),
        pooling: str | keras.layers.Layer = "max",
        preprocessor: keras.layers.Layer | None = None,
        **kwargs: Any,
    ) -> None:
        def trunk(x: Tensor) -> dict[str, Tensor]:
            widths = stage_widths(width)
            x = norm_relu(conv(x, widths[0], 7, 2, "conv1_0"), "conv1_1")
            taps = {"stem": x}
            for stage, (filters, strides) in enumerate(
                zip(widths, _STRIDES), start=1
            ):
                x = double_block(x, filters, strides, f"block{stage}")
                taps[f"stage{stage}"] = x
            return taps

        super().__init__(trunk, input_shape, 4, pooling, preprocessor, **kwargs)
        # A list, as in a loaded config.
        self.width = width if isinstance(width, int) else list(width)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "width": self.width}


def double_block(x: Tensor, filters: int, strides: int, name: str) -> Tensor:
    """Apply two convolutions of size 3, normalized, without a shortcut."""
    x = norm_relu(conv(x, filters, 3, strides, f"{name}_conv1"), f"{name}_bn1")
    return norm_relu(conv(x, filters, 3, 1, f"{name}_conv2"), f"{name}_bn2")
