"""A small convolutional network for sound, to be trained from scratch."""

from collections.abc import Sequence
from typing import Any

import keras

from keras_av.layers.sound.spectrogram_pooling import SpectrogramPooling
from keras_av.models.backbone import Backbone
from keras_av.models.residual import conv, norm_relu
from keras_av.ops.types import Tensor


@keras.saving.register_keras_serializable(package="keras_av")
class SoundCNNBackbone(Backbone):
    """Four convolutions of a spectrogram, for a few hundred sounds.

    A 5x5 convolution with stride 2 and three 3x3 ones, each followed by 2x2
    max pooling, keep 1/16 of the frequencies apart. Which of them a channel
    listens to is learned: each channel is a weighted sum over them, normalized,
    before the sum of the maximum and the mean over time. A network of width 16
    for 64 mel bins has 101,344 trainable weights; of sounds that networks of
    images do not tell apart it needs fewer.

    Args:
        width: Number of filters of the first convolution, doubled in each
            later one. Defaults to 16.
        input_shape: Shape of the raw input without the batch axis, such as
            `(time, mel, 1)`, with a known number of mel bins. Defaults to
            `(None, 64, 1)`.
        preprocessor: Layer that is applied to the raw input first. Defaults
            to None.
        **kwargs: `name` and `trainable`.

    Call arguments:
        inputs: Spectrograms, `(batch, time, mel, 1)`, or raw inputs of the
            preprocessor.

    Output shape:
        `(batch, 8 * width)`, float32.

    Raises:
        ValueError: If the input is not of rank 4, or the number of mel bins
            is not known.

    Examples:

    >>> import numpy as np
    >>> from keras_av.models import SoundCNNBackbone
    >>> encoder = SoundCNNBackbone(width=2)
    >>> tuple(encoder(np.zeros((2, 101, 64, 1), "float32")).shape)
    (2, 16)
    """

    def __init__(
        self,
        width: int = 16,
        input_shape: Sequence[int | None] = (None, 64, 1),
        preprocessor: keras.layers.Layer | None = None,
        **kwargs: Any,
    ) -> None:
        def trunk(x: Tensor) -> dict[str, Tensor]:
            if x.shape[2] is None:
                raise ValueError(
                    f"Received input_shape={tuple(input_shape)}. Expected a "
                    "known number of mel bins: each has weights of its own."
                )
            x = norm_relu(conv(x, width, 5, 2, "conv0"), "bn0")
            taps = {"stem": x}
            for stage in (1, 2, 3):
                x = conv(x, width * 2**stage, 3, 1, f"conv{stage}")
                x = norm_relu(x, f"bn{stage}")
                x = keras.layers.MaxPooling2D(2, padding="same")(x)
                taps[f"stage{stage}"] = x
            x = keras.layers.DepthwiseConv2D(
                (1, x.shape[2]), use_bias=False, name="frequencies"
            )(x)
            taps["stage4"] = norm_relu(x, "bn4")
            return taps

        pooling = SpectrogramPooling("mean", "max_avg", name="pool")
        super().__init__(trunk, input_shape, 4, pooling, preprocessor, **kwargs)
        self.width = width

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        # It is always the same.
        del config["pooling"]
        return {**config, "width": self.width}
