"""SpecAugment: random time and frequency masks."""

from typing import Any

import keras
from keras import ops

from keras_av.ops.types import Tensor


@keras.saving.register_keras_serializable(package="keras_av")
class SpecAugment(keras.layers.Layer):
    """Masks random bands of time and of frequency in spectrograms.

    The width of each mask is drawn uniformly from `0, ..., max_width`, and its
    position uniformly, independently for each spectrogram of a batch. Masks
    may overlap. Outside training, spectrograms are unchanged. There is no time
    warping, which the authors found to matter least.

    References:
        - [Park et al., 2019](https://arxiv.org/abs/1904.08779)

    Args:
        num_time_masks: Number of time masks. Defaults to 2.
        max_time_width: Maximum width of a time mask, in frames. Defaults to
            20, a fifth of a second at a stride of 10 ms.
        num_freq_masks: Number of frequency masks. Defaults to 2.
        max_freq_width: Maximum width of a frequency mask, in bins. Defaults to
            8.
        mask_value: Fill value of the masks. Defaults to 0, the mean of
            standardized spectrograms.
        seed: Integer seed, or None for a random one. Defaults to None.
        **kwargs: `name`, `dtype` and others of `keras.layers.Layer`.

    Call arguments:
        inputs: Spectrograms, `(batch, time, mel, 1)`.
        training: Whether to apply masks.

    Output shape:
        That of the input.

    Raises:
        ValueError: If a number or a width is negative, or inputs are not of
            rank 4.

    Examples:

    >>> import numpy as np
    >>> from keras_av.layers import SpecAugment
    >>> layer = SpecAugment(seed=0)
    >>> tuple(layer(np.ones((2, 100, 64, 1)), training=True).shape)
    (2, 100, 64, 1)
    """

    def __init__(
        self,
        num_time_masks: int = 2,
        max_time_width: int = 20,
        num_freq_masks: int = 2,
        max_freq_width: int = 8,
        mask_value: float = 0.0,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        sizes = {
            "num_time_masks": num_time_masks,
            "max_time_width": max_time_width,
            "num_freq_masks": num_freq_masks,
            "max_freq_width": max_freq_width,
        }
        if min(sizes.values()) < 0:
            raise ValueError(f"Received {sizes}. Expected integers from 0 up.")
        self.num_time_masks = num_time_masks
        self.max_time_width = max_time_width
        self.num_freq_masks = num_freq_masks
        self.max_freq_width = max_freq_width
        self.mask_value = mask_value
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        if len(inputs.shape) != 4:
            raise ValueError(
                f"Received inputs of shape {tuple(inputs.shape)}. Expected "
                "(batch, time, mel, 1), as returned by LogMelSpectrogram."
            )
        if not training:
            return inputs
        batch, time, mel = ops.shape(inputs)[:3]
        in_time = self._bars(
            batch, time, self.num_time_masks, self.max_time_width
        )
        in_freq = self._bars(
            batch, mel, self.num_freq_masks, self.max_freq_width
        )
        masked = in_time[:, :, None, None] | in_freq[:, None, :, None]
        value = ops.cast(self.mask_value, inputs.dtype)
        return ops.where(masked, value, inputs)

    def _bars(
        self, batch: Tensor, length: Tensor, num_bars: int, max_width: int
    ) -> Tensor:
        """Draw which places along an axis are masked, per spectrogram."""
        if num_bars == 0:
            return ops.zeros((batch, length), dtype="bool")
        shape = (batch, num_bars, 1)
        widths = keras.random.randint(
            shape, 0, max_width + 1, dtype="int32", seed=self.seed_generator
        )
        widths = ops.minimum(widths, length)
        positions = keras.random.uniform(
            shape, dtype="float32", seed=self.seed_generator
        )
        choices = ops.cast(length - widths + 1, "float32")
        starts = ops.cast(ops.floor(positions * choices), "int32")
        places = ops.arange(length, dtype="int32")
        inside = (places >= starts) & (places < starts + widths)
        return ops.any(inside, axis=1)

    def compute_output_shape(
        self, input_shape: tuple[int | None, ...]
    ) -> tuple[int | None, ...]:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "num_time_masks": self.num_time_masks,
            "max_time_width": self.max_time_width,
            "num_freq_masks": self.num_freq_masks,
            "max_freq_width": self.max_freq_width,
            "mask_value": self.mask_value,
            "seed": self.seed,
        }
