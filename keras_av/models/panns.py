"""Convolutional networks for sound, pre-trained on AudioSet."""

from collections.abc import Sequence
from typing import Any, Literal

import keras

from keras_av.layers.convolution.batch_norm import batch_norm
from keras_av.layers.convolution.conv2d import Conv2D
from keras_av.layers.sound.spectrogram_pooling import SpectrogramPooling
from keras_av.models.backbone import Backbone
from keras_av.models.residual import norm_relu
from keras_av.ops.types import Tensor

# Number of blocks, size of their kernels, and convolutions in each.
_VARIANTS = {"cnn6": (4, 5, 1), "cnn10": (4, 3, 2), "cnn14": (6, 3, 2)}


@keras.saving.register_keras_serializable(package="keras_av")
class PANNsBackbone(Backbone):
    """CNN6, CNN10 or CNN14 for log-mel spectrograms.

    Mel bins are normalized, then go through blocks of convolutions, batch
    normalization and ReLU, each but a sixth followed by 2x2 average pooling.
    With `f` the mean of the last map over frequency, the descriptor is

        relu(W (max_t f_t + mean_t f_t) + b).

    With a classifier of 527 classes, CNN6, CNN10 and CNN14 have 4,837,455,
    5,219,279 and 80,753,615 trainable weights, and CNN14 with a descriptor of
    512 has 76,796,879. `panns_log_mel` is their front end.

    References:
        - [Kong et al., 2020](https://arxiv.org/abs/1912.10211)

    Args:
        variant: `"cnn6"`, of one 5x5 convolution in each of four blocks,
            `"cnn10"`, of two 3x3, or `"cnn14"`, of two in each of six blocks.
            Defaults to `"cnn14"`.
        width: Number of filters of the first block, doubled in each later
            one. Defaults to 64.
        input_shape: Shape of the raw input without the batch axis, such as
            `(time, mel, 1)`, with a known number of mel bins. Defaults to
            `(None, 64, 1)`.
        embedding_dim: Size of the descriptor, or None for the number of
            filters of the last block. Defaults to None.
        dropout: Rates after the blocks, and before the last layer. Defaults to
            `(0.2, 0.5)`.
        preprocessor: Layer that is applied to the raw input first. Defaults
            to None.
        **kwargs: `name` and `trainable`.

    Call arguments:
        inputs: Spectrograms, `(batch, time, mel, 1)` with 16 times or more, 32
            for CNN14, or raw inputs of the preprocessor.

    Output shape:
        `(batch, embedding_dim)`, float32.

    Raises:
        ValueError: If the variant is unknown, or the input is not of rank 4.

    Examples:

    >>> import numpy as np
    >>> from keras_av.models import PANNsBackbone
    >>> encoder = PANNsBackbone("cnn6", width=2)
    >>> tuple(encoder(np.zeros((2, 101, 64, 1), "float32")).shape)
    (2, 16)
    """

    def __init__(
        self,
        variant: Literal["cnn6", "cnn10", "cnn14"] = "cnn14",
        width: int = 64,
        input_shape: Sequence[int | None] = (None, 64, 1),
        embedding_dim: int | None = None,
        dropout: Sequence[float] = (0.2, 0.5),
        preprocessor: keras.layers.Layer | None = None,
        **kwargs: Any,
    ) -> None:
        if variant not in _VARIANTS:
            raise ValueError(
                f"Received variant={variant!r}. Expected one of "
                f"{list(_VARIANTS)}."
            )
        num_blocks, size, num_convs = _VARIANTS[variant]
        after_block, before_last = dropout

        def trunk(x: Tensor) -> dict[str, Tensor]:
            x = batch_norm("bn0", axis=2)(x)
            taps = {}
            for number in range(1, num_blocks + 1):
                filters = width * 2 ** (number - 1)
                for index in range(1, num_convs + 1):
                    x = _conv(x, filters, size, f"conv_block{number}", index)
                if number < 6:
                    x = keras.layers.AveragePooling2D(2)(x)
                x = keras.layers.Dropout(after_block)(x)
                taps[f"stage{number}"] = x
            return taps

        last = width * 2 ** (num_blocks - 1)
        pooling = keras.Sequential(
            [
                SpectrogramPooling("mean", "max_avg"),
                keras.layers.Dropout(before_last),
                keras.layers.Dense(
                    embedding_dim or last,
                    activation="relu",
                    dtype="float32",
                    name="fc1",
                ),
            ],
            name="pool",
        )
        super().__init__(trunk, input_shape, 4, pooling, preprocessor, **kwargs)
        self.variant = variant
        self.width = width
        self.embedding_dim = embedding_dim
        self.dropout = list(dropout)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        # It follows from the others.
        del config["pooling"]
        return {
            **config,
            "variant": self.variant,
            "width": self.width,
            "embedding_dim": self.embedding_dim,
            "dropout": self.dropout,
        }


def _conv(x: Tensor, filters: int, size: int, block: str, index: int) -> Tensor:
    x = Conv2D(
        filters,
        size,
        padding="same",
        use_bias=False,
        kernel_initializer="glorot_uniform",
        data_format="channels_last",
        name=f"{block}_conv{index}",
    )(x)
    return norm_relu(x, f"{block}_bn{index}")
