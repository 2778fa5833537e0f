"""A U-Net from the spectrogram of a mixture, and a video, to a mask."""

from collections.abc import Sequence
from typing import Any, Self

import keras
import numpy as np
from keras import ops

from keras_av.layers.convolution.conv2d import Conv2D
from keras_av.models.residual import conv, norm_relu
from keras_av.ops.types import Array, Tensor

# Levels that halve time; the others halve frequency alone.
_TIME_LEVELS = 2


@keras.saving.register_keras_serializable(package="keras_av")
class SeparationUNet(keras.Model):
    """U-Net that hears a mixture and sees what it shall let through.

    Convolutions of size 3 halve the frequencies of a complex spectrogram at
    each level, and time at the first two. The descriptors of a video, over time
    or a single one, are interpolated to the remaining steps, repeated for each
    remaining frequency and joined to the sound; as many convolutions, each of
    which also gets what left its level on the way down, lead back to the
    full size. All but the last are normalized and followed by a ReLU.

    The highest frequency, half of the sampling rate, is left out, and gets what
    the one below it gets.

    References:
        - [Gao and Grauman, 2021](https://arxiv.org/abs/2101.03149)
        - [Ronneberger et al., 2015](https://arxiv.org/abs/1505.04597)

    Args:
        spectrogram_shape: Shape of the spectrograms of mixtures, `(frames,
            bins, 2)`, with one more bin than a multiple of `2 **
            len(widths)`.
        video_shape: Shape of the descriptors, `(steps, channels)`.
        widths: Numbers of filters of the levels, at least one. Defaults to
            `(64, 128, 256, 512, 512)`.
        **kwargs: `name` and `trainable`.

    Call arguments:
        inputs: Dict with `mixture`, `(batch, frames, bins, 2)`, and `video`,
            `(batch, steps, channels)`.

    Output shape:
        `(batch, frames, bins, 2)`, float32, without an activation.

    Raises:
        ValueError: If a shape does not fit.

    Examples:

    >>> import numpy as np
    >>> from keras_av.models import SeparationUNet
    >>> unet = SeparationUNet((101, 257, 2), (16, 8), widths=(4, 4, 8))
    >>> inputs = {"mixture": np.zeros((1, 101, 257, 2), "float32"),
    ...           "video": np.zeros((1, 16, 8), "float32")}
    >>> tuple(unet(inputs).shape)
    (1, 101, 257, 2)
    """

    def __init__(
        self,
        spectrogram_shape: Sequence[int],
        video_shape: Sequence[int],
        widths: Sequence[int] = (64, 128, 256, 512, 512),
        **kwargs: Any,
    ) -> None:
        _check_shapes(spectrogram_shape, video_shape, widths)
        frames, bins, _ = spectrogram_shape
        inputs = {
            "mixture": keras.Input(tuple(spectrogram_shape), name="mixture"),
            "video": keras.Input(tuple(video_shape), name="video"),
        }
        steps = 2 ** min(_TIME_LEVELS, len(widths))
        around = ((0, -frames % steps), (0, 0))
        x = keras.layers.Cropping2D(((0, 0), (0, 1)), **_LAST)(
            inputs["mixture"]
        )
        x = keras.layers.ZeroPadding2D(around, **_LAST)(x)
        x = _way_back(*_way_down(x, inputs["video"], widths))
        x = keras.layers.Cropping2D(around, **_LAST)(x)
        # In float32, since masks are compared there.
        mask = ops.cast(x, "float32")
        mask = ops.concatenate([mask, mask[:, :, -1:]], axis=2)
        super().__init__(inputs=inputs, outputs=mask, **kwargs)
        # Lists, as in a loaded config.
        self.spectrogram_shape = list(spectrogram_shape)
        self.video_shape = list(video_shape)
        self.widths = list(widths)

    def get_config(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "trainable": self.trainable,
            "spectrogram_shape": list(self.spectrogram_shape),
            "video_shape": list(self.video_shape),
            "widths": list(self.widths),
        }

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: Any = None
    ) -> Self:
        return cls(**config)


_LAST = {"data_format": "channels_last"}


def _check_shapes(
    spectrogram: Sequence[int], video: Sequence[int], widths: Sequence[int]
) -> None:
    shapes = (*spectrogram, *video, *widths)
    if (
        len(spectrogram) != 3
        or len(video) != 2
        or not widths
        or not all(isinstance(n, int) and n > 0 for n in shapes)
        or spectrogram[2] != 2
        or spectrogram[1] % 2 ** len(widths) != 1
    ):
        raise ValueError(
            f"Received spectrogram_shape={tuple(spectrogram)}, video_shape="
            f"{tuple(video)} and widths={tuple(widths)}. Expected (frames, "
            "bins, 2) with one more bin than a multiple of 2 ** len(widths), "
            "(steps, channels), and at least one width, all of them positive."
        )


def _way_down(
    x: Tensor, video: Tensor, widths: Sequence[int]
) -> tuple[Tensor, list[Tensor]]:
    """What is left with the video, and what left each level above."""
    levels = []
    for level, filters in enumerate(widths):
        x = conv(x, filters, 3, _strides(level), f"down{level}_conv")
        x = norm_relu(x, f"down{level}_bn")
        levels.append(x)
    x = keras.layers.Concatenate()([x, _beside(video, x.shape)])
    for number in range(2):
        x = conv(x, widths[-1], 3, 1, f"middle{number}_conv")
        x = norm_relu(x, f"middle{number}_bn")
    return x, levels


def _way_back(x: Tensor, levels: list[Tensor]) -> Tensor:
    """The mask, at the full size."""
    for level in reversed(range(1, len(levels))):
        x = keras.layers.Concatenate()([x, levels[level]])
        x = keras.layers.UpSampling2D(_strides(level), **_LAST)(x)
        x = conv(x, levels[level - 1].shape[-1], 3, 1, f"up{level}_conv")
        x = norm_relu(x, f"up{level}_bn")
    x = keras.layers.Concatenate()([x, levels[0]])
    # Both parts of all places that a step stands for, which is less than a
    # convolution of the full size.
    height, width = _strides(0)
    x = Conv2D(
        2 * height * width,
        3,
        padding="same",
        # Masks begin near 0, far from their bound.
        kernel_initializer=keras.initializers.RandomNormal(stddev=0.02),
        name="mask",
        **_LAST,
    )(x)
    _, steps, bins, _ = x.shape
    x = ops.reshape(x, (-1, steps, bins, height, width, 2))
    x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
    return ops.reshape(x, (-1, steps * height, bins * width, 2))


def _strides(level: int) -> tuple[int, int]:
    return (2 if level < _TIME_LEVELS else 1, 2)


def _beside(video: Tensor, shape: Sequence[int]) -> Tensor:
    """Descriptors for each step and frequency of maps of a shape."""
    _, steps, bins, _ = shape
    found = ops.matmul(_interpolation(video.shape[1], steps), video)
    return ops.repeat(found[:, :, None], bins, axis=2)


def _interpolation(before: int, after: int) -> Array:
    """Linear interpolation of evenly spaced values, `(after, before)`.

    Both lie in the middle of equal parts of the same time.
    """
    places = (np.arange(after) + 0.5) * before / after - 0.5
    values = np.eye(before)
    columns = [np.interp(places, np.arange(before), one) for one in values]
    return np.stack(columns, axis=1).astype("float32")
