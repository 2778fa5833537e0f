"""Random Gaussian blur, identical for all frames of a clip."""

from typing import Any

import keras
from keras import ops

from keras_av.layers.augmentation.random_layer import (
    RandomLayer,
    check_clips,
    check_range,
    weigh_pixels,
)
from keras_av.ops.types import Tensor

# So narrow that pixels do not change at all.
_NO_BLUR = 1e-2


@keras.saving.register_keras_serializable(package="keras_av")
class RandomBlur(RandomLayer):
    """Random Gaussian blur, identical for all frames of a clip.

    A clip is blurred with the given `probability`, with a standard deviation
    drawn uniformly from the range `sigma`. A pixel at distance `d` has weight
    `exp(-d^2 / (2 sigma^2))` along each axis; the weights within the frame
    sum to one. Outside training the input is only cast.

    References:
        - [Chen et al., 2020](https://arxiv.org/abs/2002.05709), for the
          defaults

    Args:
        sigma: Minimum and maximum standard deviation in pixels. Defaults to
            `(0.1, 2.0)`, which is meant for frames of 224 pixels.
        probability: Probability of blurring a clip. Defaults to 0.5.
        seed: Integer seed, or None for a random one. Defaults to None.
        **kwargs: `name`, `dtype` and others of `keras.layers.Layer`.

    Call arguments:
        inputs: Clips, `(batch, frames, height, width, 3)`, or images,
            `(batch, height, width, 3)`, uint8 or float, of known height and
            width.
        training: Whether to blur clips.

    Output shape:
        That of the input, in the compute dtype.

    Raises:
        ValueError: If an argument is out of range, or inputs have another rank
            or do not have three channels.

    Examples:

    >>> import numpy as np
    >>> from keras_av.layers import RandomBlur
    >>> clips = np.zeros((2, 4, 8, 8, 3), "uint8")
    >>> tuple(RandomBlur(seed=0)(clips, training=True).shape)
    (2, 4, 8, 8, 3)
    """

    # keras.layers.RandomGaussianBlur draws one sigma per axis for a whole
    # batch, and does not take clips.

    def __init__(
        self,
        sigma: tuple[float, float] = (0.1, 2.0),
        probability: float = 0.5,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed, **kwargs)
        check_range("sigma", sigma, _NO_BLUR)
        if not 0 <= probability <= 1:
            raise ValueError(
                f"Received probability={probability}. Expected it in [0, 1]."
            )
        self.sigma = tuple(sigma)
        self.probability = probability

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        check_clips(inputs)
        if not training:
            return ops.cast(inputs, self.compute_dtype)
        clips = ops.cast(inputs, "float32")
        blurred = self.draw(clips) < self.probability
        sigma = ops.where(blurred, self.draw(clips, *self.sigma), _NO_BLUR)
        sigma = ops.reshape(sigma, (-1, 1, 1))
        height, width = clips.shape[-3:-1]
        clips = weigh_pixels(
            clips, _weights(sigma, height), _weights(sigma, width)
        )
        return ops.cast(clips, self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "sigma": self.sigma,
            "probability": self.probability,
        }


def _weights(sigma: Tensor, length: int) -> Tensor:
    """Weights of pixels in blurred pixels, `(batch, length, length)`."""
    places = ops.arange(length, dtype="float32")
    distance = (places[:, None] - places) / sigma
    weights = ops.exp(-0.5 * ops.square(distance))
    return weights / ops.sum(weights, axis=-1, keepdims=True)
