"""Random color changes, identical for all frames of a clip."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_av.ops.types import Tensor

# Luma of ITU-R BT.601, the usual conversion of 8-bit video to grayscale.
_LUMA = np.array([0.299, 0.587, 0.114], "float32")


@keras.saving.register_keras_serializable(package="keras_av")
class ClipAugmentation(keras.layers.Layer):
    """Random brightness, contrast, saturation, grayscale and hue.

    All frames of a clip are changed in the same way, and every clip of a batch
    differently. With factors drawn uniformly from `[1 - x, 1 + x]`, in this
    order:

        clip <- brightness * clip
        clip <- mean(grey(clip)) + contrast * (clip - mean(grey(clip)))
        clip <- grey(clip) + saturation * (clip - grey(clip)),

    each clipped to [0, 255]. Finally all hues are rotated by a fraction of the
    color circle drawn uniformly from `[-hue, hue]`. `grey` is the luma of
    ITU-R BT.601, and the mean is over all pixels of the clip. Outside training
    the input is only cast. Random mirroring is part of reading the clips.

    References:
        - [Wu et al., 2018](https://arxiv.org/abs/1805.01978)
        - [Qian et al., 2021](https://arxiv.org/abs/2008.03800), on changing
          all frames of a clip consistently

    Args:
        brightness: Maximum relative change of brightness, in [0, 1].
            Defaults to 0.4.
        contrast: Maximum relative change of contrast, in [0, 1]. Defaults to
            0.4.
        saturation: Maximum relative change of saturation, in [0, 1].
            Defaults to 0.4.
        grayscale_probability: Probability of converting a clip to grayscale.
            Defaults to 0.2.
        seed: Integer seed, or None for a random one. Defaults to None.
        hue: Maximum rotation of the hue as a fraction of the color circle, in
            [0, 0.5]. Defaults to 0.
        **kwargs: `name`, `dtype` and others of `keras.layers.Layer`.

    Call arguments:
        inputs: Clips, `(batch, frames, height, width, 3)`, or images,
            `(batch, height, width, 3)`, uint8 or float, in [0, 255].
        training: Whether to apply the augmentation.

    Output shape:
        That of the input, in the compute dtype.

    Raises:
        ValueError: If an argument is out of range, or inputs have another rank
            or do not have three channels.

    Examples:

    >>> import numpy as np
    >>> from keras_av.layers import ClipAugmentation
    >>> clips = np.zeros((2, 4, 8, 8, 3), "uint8")
    >>> tuple(ClipAugmentation(seed=0)(clips, training=True).shape)
    (2, 4, 8, 8, 3)
    """

    # keras.layers.RandomColorJitter does not take clips, and adds an offset
    # for brightness where the published methods multiply.

    def __init__(
        self,
        brightness: float = 0.4,
        contrast: float = 0.4,
        saturation: float = 0.4,
        grayscale_probability: float = 0.2,
        seed: int | None = None,
        hue: float = 0.0,
        **kwargs: Any,
    ) -> None:
        # Without autocast, 8-bit values up to 255 are not rounded first.
        super().__init__(autocast=False, **kwargs)
        strengths = {
            "brightness": brightness,
            "contrast": contrast,
            "saturation": saturation,
            "grayscale_probability": grayscale_probability,
        }
        if not all(0 <= strength <= 1 for strength in strengths.values()):
            raise ValueError(f"Received {strengths}. Expected all in [0, 1].")
        if not 0 <= hue <= 0.5:
            raise ValueError(f"Received hue={hue}. Expected it in [0, 0.5].")
        self.brightness = brightness
        self.contrast = contrast
        self.saturation = saturation
        self.grayscale_probability = grayscale_probability
        self.hue = hue
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        shape = tuple(inputs.shape)
        if len(shape) not in (4, 5) or shape[-1] != 3:
            raise ValueError(
                f"Received inputs of shape {shape}. Expected clips (batch, "
                "frames, height, width, 3) or images (batch, height, width, 3)."
            )
        if not training:
            return ops.cast(inputs, self.compute_dtype)
        clips = self._recolour(ops.cast(inputs, "float32"))
        return ops.cast(clips, self.compute_dtype)

    def _recolour(self, clips: Tensor) -> Tensor:
        clips = _cut(clips * self._factor(clips, self.brightness))
        axes = tuple(range(1, len(clips.shape)))
        mean = ops.mean(_grey(clips), axis=axes, keepdims=True)
        factor = self._factor(clips, self.contrast)
        clips = _cut(mean + factor * (clips - mean))
        grey = _grey(clips)
        factor = self._factor(clips, self.saturation)
        # Saturation 0 is grayscale.
        colourless = self._draw(clips) < self.grayscale_probability
        factor = ops.where(colourless, 0.0, factor)
        clips = _cut(grey + factor * (clips - grey))
        return self._turned(clips) if self.hue else clips

    def _turned(self, clips: Tensor) -> Tensor:
        turn = self.hue * (2.0 * self._draw(clips) - 1.0)
        shape = ops.shape(clips)
        # Keras only takes images: stack the frames of a clip to a tall one.
        tall = ops.reshape(clips, (shape[0], -1, *shape[-2:]))
        hsv = ops.image.rgb_to_hsv(tall / 255.0, data_format="channels_last")
        hue = ops.mod(hsv[..., 0] + ops.reshape(turn, (-1, 1, 1)), 1.0)
        hsv = ops.concatenate([hue[..., None], hsv[..., 1:]], axis=-1)
        turned = ops.image.hsv_to_rgb(hsv, data_format="channels_last")
        return ops.reshape(255.0 * turned, shape)

    def _draw(self, clips: Tensor) -> Tensor:
        """One number in [0, 1) for each clip."""
        shape = (ops.shape(clips)[0],) + (1,) * (len(clips.shape) - 1)
        return keras.random.uniform(
            shape, dtype="float32", seed=self.seed_generator
        )

    def _factor(self, clips: Tensor, strength: float) -> Tensor:
        return 1.0 + strength * (2.0 * self._draw(clips) - 1.0)

    def compute_output_shape(
        self, input_shape: tuple[int | None, ...]
    ) -> tuple[int | None, ...]:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "brightness": self.brightness,
            "contrast": self.contrast,
            "saturation": self.saturation,
            "grayscale_probability": self.grayscale_probability,
            "seed": self.seed,
            "hue": self.hue,
        }


def _grey(clips: Tensor) -> Tensor:
    luma = ops.convert_to_tensor(_LUMA)
    return ops.sum(clips * luma, axis=-1, keepdims=True)


def _cut(clips: Tensor) -> Tensor:
    return ops.clip(clips, 0.0, 255.0)
