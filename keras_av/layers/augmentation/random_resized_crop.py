"""Random resized crops, identical for all frames of a clip."""

import math
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_av.layers.augmentation.random_layer import (
    RandomLayer,
    check_clips,
    check_range,
    weigh_pixels,
)
from keras_av.ops.types import Tensor

_NUM_TRIES = 10


@keras.saving.register_keras_serializable(package="keras_av")
class RandomResizedCrop(RandomLayer):
    """Crops and resizes a random part of each clip, for all frames alike.

    The area of the crop relative to the frame is drawn uniformly from `area`,
    and its ratio of width to height log-uniformly from `aspect_ratio`. The
    first of 10 draws that fits into the frame is used, at a uniformly random
    position. If none fits, the largest central crop with an allowed ratio is
    used. The crop is resized bilinearly, with antialiasing when downsizing: a
    triangle filter two pixels of the result wide. Its edges may lie between
    pixels.

    Outside training the largest central crop with the aspect ratio of `size`
    is used: clips of that size are unchanged. Clips should be larger than
    `size`, such as 128 pixels for a `size` of 112. Random mirroring is part of
    reading the clips.

    References:
        - [Szegedy et al., 2015](https://arxiv.org/abs/1409.4842)

    Args:
        size: Height and width of the result in pixels, or one number for
            both.
        area: Minimum and maximum area relative to the frame, in (0, 1].
            Defaults to `(0.08, 1.0)`.
        aspect_ratio: Minimum and maximum ratio of width to height. Defaults
            to `(3 / 4, 4 / 3)`.
        seed: Integer seed, or None for a random one. Defaults to None.
        **kwargs: `name`, `dtype` and others of `keras.layers.Layer`.

    Call arguments:
        inputs: Clips, `(batch, frames, height, width, 3)`, or images,
            `(batch, height, width, 3)`, uint8 or float, of known height and
            width.
        training: Whether the crop is random.

    Output shape:
        That of the input with the height and width of `size`, in the compute
        dtype.

    Raises:
        ValueError: If an argument is out of range, or inputs have another rank
            or do not have three channels.

    Examples:

    >>> import numpy as np
    >>> from keras_av.layers import RandomResizedCrop
    >>> clips = np.zeros((2, 4, 32, 40, 3), "uint8")
    >>> layer = RandomResizedCrop(24, area=(0.25, 1.0), seed=0)
    >>> tuple(layer(clips, training=True).shape)
    (2, 4, 24, 24, 3)
    """

    def __init__(
        self,
        size: int | tuple[int, int],
        area: tuple[float, float] = (0.08, 1.0),
        aspect_ratio: tuple[float, float] = (3 / 4, 4 / 3),
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed, **kwargs)
        check_range("area", area, 0.0)
        check_range("aspect_ratio", aspect_ratio, 0.0)
        if not (0 < area[0] and area[1] <= 1 and aspect_ratio[0] > 0):
            raise ValueError(
                f"Received area={area}, aspect_ratio={aspect_ratio}. Expected "
                "areas above 0 and at most 1, and ratios above 0."
            )
        self.size = (size, size) if isinstance(size, int) else tuple(size)
        if len(self.size) != 2 or min(self.size) < 1:
            raise ValueError(
                f"Received size={size}. Expected pixels from 1 up: one number "
                "or (height, width)."
            )
        self.area = tuple(area)
        self.aspect_ratio = tuple(aspect_ratio)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        check_clips(inputs)
        height, width = inputs.shape[-3:-1]
        batch = ops.shape(inputs)[0]
        if training:
            boxes = self._random_boxes(batch, height, width)
        else:
            ratio = self.size[1] / self.size[0]
            box = _central_box(height, width, ratio, ratio)
            boxes = [ops.full((batch,), length, "float32") for length in box]
        top, left, tall, wide = boxes
        clips = weigh_pixels(
            ops.cast(inputs, "float32"),
            _weights(top, tall, height, self.size[0]),
            _weights(left, wide, width, self.size[1]),
        )
        return ops.cast(clips, self.compute_dtype)

    def _random_boxes(
        self, batch: Tensor, height: int, width: int
    ) -> list[Tensor]:
        """Top, left, height and width of the crops, `(batch,)` each."""
        draws = keras.random.uniform(
            (4, batch, _NUM_TRIES), dtype="float32", seed=self.seed_generator
        )
        area = _between(draws[0], *self.area) * (height * width)
        ratio = ops.exp(_between(draws[1], *map(math.log, self.aspect_ratio)))
        tall, wide = ops.sqrt(area / ratio), ops.sqrt(area * ratio)
        fits = ops.cast((tall <= height) & (wide <= width), "int32")
        # argmax returns the first maximum, so the first draw that fits.
        first = ops.argmax(fits, axis=1)
        boxes = ops.stack(
            [draws[2] * (height - tall), draws[3] * (width - wide), tall, wide]
        )
        chosen = ops.one_hot(first, _NUM_TRIES, dtype="float32")
        boxes = ops.sum(boxes * chosen, axis=2)
        centre = np.array(
            _central_box(height, width, *self.aspect_ratio), "float32"
        )
        any_fits = ops.max(fits, axis=1) > 0
        boxes = ops.where(any_fits, boxes, centre[:, None])
        return [boxes[number] for number in range(4)]

    def compute_output_shape(
        self, input_shape: tuple[int | None, ...]
    ) -> tuple[int | None, ...]:
        return (*input_shape[:-3], *self.size, input_shape[-1])

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "size": self.size,
            "area": self.area,
            "aspect_ratio": self.aspect_ratio,
        }


def _between(share: Tensor, low: float, high: float) -> Tensor:
    return low + share * (high - low)


def _central_box(
    height: int, width: int, lowest: float, highest: float
) -> tuple[float, float, float, float]:
    """Top, left, height and width of the largest central crop."""
    ratio = min(max(width / height, lowest), highest)
    tall, wide = min(height, width / ratio), min(width, height * ratio)
    return (height - tall) / 2, (width - wide) / 2, tall, wide


def _weights(
    start: Tensor, length: Tensor, num_old: int, num_new: int
) -> Tensor:
    """Weights of old pixels in new ones, `(batch, num_new, num_old)`."""
    step = (length / num_new)[:, None, None]
    new = ops.arange(num_new, dtype="float32")[:, None] + 0.5
    old = ops.arange(num_old, dtype="float32") + 0.5
    distance = ops.abs(start[:, None, None] + step * new - old)
    weights = ops.maximum(1.0 - distance / ops.maximum(step, 1.0), 0.0)
    return weights / ops.sum(weights, axis=-1, keepdims=True)
