"""Networks of one-dimensional convolutions of raw sound."""

from collections.abc import Sequence
from typing import Any

import keras

from keras_av.layers.convolution.he_normal import HeNormal
from keras_av.models.backbone import Backbone
from keras_av.models.residual import check_depth, norm_relu
from keras_av.ops.types import Tensor

# Convolutions of size 3 in each stage, after the first one, by depth.
_STAGES = {
    3: ((1, 1),),
    5: ((1, 1), (1, 2), (1, 4)),
    11: ((2, 1), (2, 2), (3, 4), (2, 8)),
    18: ((4, 1), (4, 2), (4, 4), (4, 8)),
}
_WIDTHS = {3: 256, 5: 128, 11: 64, 18: 64}


@keras.saving.register_keras_serializable(package="keras_av")
class WaveCNNBackbone(Backbone):
    """M3, M5, M11 or M18: convolutions of the waveform, without a spectrogram.

    A convolution of 80 samples with stride 4 learns the filters; stages of
    convolutions of size 3 follow, each convolution with a batch normalization
    and a ReLU, each stage with maximum pooling by 4. Made for sound of 8 kHz.

    References:
        - [Dai et al., 2017](https://arxiv.org/abs/1610.00087)

    Args:
        depth: 3, 5, 11 or 18, with 0.2, 0.55, 1.8 and 3.7 million weights.
            Defaults to 5.
        width: Number of filters of the first convolution. Defaults to that of
            the paper: 256, 128, 64 and 64.
        input_shape: Shape of the raw input without the batch axis. Defaults to
            `(None,)`, any length.
        pooling: `"avg"` or `"max"` over time, or a layer. Defaults to `"avg"`.
        preprocessor: Layer from waveforms to waveforms that is applied first.
            Defaults to None.
        **kwargs: `name` and `trainable`.

    Call arguments:
        inputs: Waveforms, `(batch, samples)`.

    Output shape:
        `(batch, dim)`, float32, with `dim` once, 4, 8 and 8 times `width`.

    Raises:
        ValueError: If the depth or the pooling is unknown, or the input is not
            of rank 2.

    Examples:

    >>> import numpy as np
    >>> from keras_av.models import WaveCNNBackbone
    >>> encoder = WaveCNNBackbone(width=4)
    >>> tuple(encoder(np.zeros((2, 8000), "float32")).shape)
    (2, 16)
    """

    def __init__(
        self,
        depth: int = 5,
        width: int | None = None,
        input_shape: Sequence[int | None] = (None,),
        pooling: str | keras.layers.Layer = "avg",
        preprocessor: keras.layers.Layer | None = None,
        **kwargs: Any,
    ) -> None:
        check_depth(depth, tuple(_STAGES))
        filters = width or _WIDTHS[depth]

        def trunk(x: Tensor) -> dict[str, Tensor]:
            x = keras.layers.Reshape((-1, 1))(x)
            x = _pool(_conv(x, filters, 80, 4, "conv1"))
            taps = {"stem": x}
            for stage, (count, factor) in enumerate(_STAGES[depth], start=1):
                for number in range(1, count + 1):
                    name = f"stage{stage}_conv{number}"
                    x = _conv(x, factor * filters, 3, 1, name)
                x = _pool(x)
                taps[f"stage{stage}"] = x
            return taps

        super().__init__(trunk, input_shape, 2, pooling, preprocessor, **kwargs)
        self.depth = depth
        self.width = width

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "depth": self.depth,
            "width": self.width,
        }


def _conv(
    x: Tensor, filters: int, size: int, strides: int, name: str
) -> Tensor:
    x = keras.layers.Conv1D(
        filters,
        size,
        strides,
        padding="same",
        use_bias=False,
        kernel_initializer=HeNormal(),
        data_format="channels_last",
        name=name,
    )(x)
    return norm_relu(x, f"{name}_bn")


def _pool(x: Tensor) -> Tensor:
    return keras.layers.MaxPooling1D(
        4, padding="same", data_format="channels_last"
    )(x)
