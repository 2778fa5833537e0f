"""Random noise in sound."""

from typing import Any

import keras
from keras import ops

from keras_av.layers.augmentation.random_layer import WaveformLayer, check_range
from keras_av.ops.types import Tensor


@keras.saving.register_keras_serializable(package="keras_av")
class RandomNoise(WaveformLayer):
    """Adds white noise to each waveform of a batch, at a random level.

    With a signal-to-noise ratio `r` in decibels that is drawn uniformly,
    Gaussian noise `n` of unit power and the mean square `P` of the samples,

        x <- x + 10^(-r / 20) sqrt(P) n.

    Silence stays silent. Outside training, sound is only cast.

    Args:
        snr: Minimum and maximum signal-to-noise ratio in dB, at least 0.
            Defaults to `(10.0, 40.0)`.
        seed: Integer seed, or None for a random one. Defaults to None.
        **kwargs: `name`, `dtype` and others of `keras.layers.Layer`.

    Call arguments:
        inputs: Waveforms, `(batch, samples)`.
        training: Whether to add noise.

    Output shape:
        That of the input, float32.

    Raises:
        ValueError: If `snr` is not two numbers in ascending order, or inputs
            have another rank.

    Examples:

    >>> import numpy as np
    >>> from keras_av.layers import RandomNoise
    >>> layer = RandomNoise((10.0, 40.0), seed=0)
    >>> tuple(layer(np.ones((2, 16000)), training=True).shape)
    (2, 16000)
    """

    def __init__(
        self,
        snr: tuple[float, float] = (10.0, 40.0),
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed, **kwargs)
        check_range("snr", snr, 0.0)
        self.snr = tuple(snr)

    def change(self, waves: Tensor) -> Tensor:
        level = root_mean_square(waves) * amplitude(self.draw(waves, *self.snr))
        noise = keras.random.normal(
            ops.shape(waves), dtype="float32", seed=self.seed_generator
        )
        return waves + level * noise

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "snr": self.snr}


def root_mean_square(waves: Tensor) -> Tensor:
    """Level of each waveform, `(batch, 1)`."""
    return ops.sqrt(ops.mean(ops.square(waves), axis=1, keepdims=True))


def amplitude(snr: Tensor) -> Tensor:
    """Level of the noise relative to the sound, for a ratio in dB."""
    return ops.power(10.0, -snr / 20.0)
