"""Base classes of random augmentation layers."""

from typing import Any

import keras
from keras import ops

from keras_av.layers.sound.check_waveforms import check_waveforms
from keras_av.ops.types import Tensor


class RandomLayer(keras.layers.Layer):
    """Changes each element of a batch independently, in training only.

    Args:
        seed: Integer seed, or None for a random one.
        **kwargs: Arguments of `keras.layers.Layer`.
    """

    def __init__(self, seed: int | None = None, **kwargs: Any) -> None:
        # Without autocast, 8-bit frames and quiet sound are not rounded first.
        super().__init__(autocast=False, **kwargs)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def draw(
        self, inputs: Tensor, low: float = 0.0, high: float = 1.0
    ) -> Tensor:
        """Draw one number in [low, high) per element, shaped to broadcast."""
        shape = (ops.shape(inputs)[0],) + (1,) * (len(inputs.shape) - 1)
        return keras.random.uniform(
            shape, low, high, dtype="float32", seed=self.seed_generator
        )

    def compute_output_shape(
        self, input_shape: tuple[int | None, ...]
    ) -> tuple[int | None, ...]:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "seed": self.seed}


class WaveformLayer(RandomLayer):
    """Changes waveforms, `(batch, samples)`; subclasses define `change`.

    They stay float32 under any dtype policy: half precision would add noise
    that is louder than the quantization of 16-bit sound.
    """

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        check_waveforms(inputs)
        waves = ops.cast(inputs, "float32")
        return self.change(waves) if training else waves

    def change(self, waves: Tensor) -> Tensor:
        """Change waveforms, float32 `(batch, samples)`."""
        raise NotImplementedError

    def compute_output_spec(
        self, inputs: Tensor, training: bool = False
    ) -> keras.KerasTensor:
        return keras.KerasTensor(inputs.shape, "float32")


def check_range(name: str, pair: tuple[float, float], low: float) -> None:
    """Raise an error unless a pair is ascending, finite and at least `low`.

    Raises:
        ValueError: If the pair is invalid.
    """
    if len(pair) != 2 or not low <= pair[0] <= pair[1] < float("inf"):
        raise ValueError(
            f"Received {name}={pair}. Expected two finite numbers, the lower "
            f"one first, from {low} up."
        )


def check_clips(inputs: Tensor) -> None:
    """Raise an error unless inputs are clips or images of known size.

    Raises:
        ValueError: If the shape is invalid.
    """
    shape = tuple(inputs.shape)
    if len(shape) not in (4, 5) or shape[-1] != 3:
        raise ValueError(
            f"Received inputs of shape {shape}. Expected clips (batch, "
            "frames, height, width, 3) or images (batch, height, width, 3)."
        )
    if None in shape[-3:-1]:
        raise ValueError(
            f"Received inputs of shape {shape}. Expected a known height and "
            "width: give both in keras.Input."
        )


def weigh_pixels(clips: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Compute each new pixel as a weighted sum of old pixels.

    Args:
        clips: Clips or images, `(batch, ..., height, width, 3)`.
        rows: Weights, `(batch, new_height, height)`.
        columns: Weights, `(batch, new_width, width)`.
    """
    images = len(clips.shape) == 4
    clips = clips[:, None] if images else clips
    clips = ops.einsum("bih,bthwc->btiwc", rows, clips)
    clips = ops.einsum("bjw,btiwc->btijc", columns, clips)
    return clips[:, 0] if images else clips
