"""Random loudness."""

from typing import Any

import keras
from keras import ops

from keras_av.layers.augmentation.random_layer import WaveformLayer
from keras_av.ops.types import Tensor


@keras.saving.register_keras_serializable(package="keras_av")
class RandomGain(WaveformLayer):
    """Random gain, drawn independently for each waveform of a batch.

    `x <- 10^(g / 20) x` with a gain `g` in decibels that is drawn uniformly.
    The result is not clipped and may exceed 1. Outside training, sound is only
    cast.

    Args:
        gain: Minimum and maximum gain in dB. Defaults to `(-6.0, 6.0)`: half
            to twice the amplitude.
        seed: Integer seed, or None for a random one. Defaults to None.
        **kwargs: `name`, `dtype` and others of `keras.layers.Layer`.

    Call arguments:
        inputs: Waveforms, `(batch, samples)`.
        training: Whether to apply the gain.

    Output shape:
        That of the input, float32.

    Raises:
        ValueError: If `gain` is not two numbers in ascending order, or inputs
            have another rank.

    Examples:

    >>> import numpy as np
    >>> from keras_av.layers import RandomGain
    >>> layer = RandomGain((-6.0, 6.0), seed=0)
    >>> tuple(layer(np.ones((2, 16000)), training=True).shape)
    (2, 16000)
    """

    def __init__(
        self,
        gain: tuple[float, float] = (-6.0, 6.0),
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed, **kwargs)
        if len(gain) != 2 or not -200 <= gain[0] <= gain[1] <= 200:
            raise ValueError(
                f"Received gain={gain}. Expected two numbers in dB between "
                "-200 and 200, the lower one first."
            )
        self.gain = tuple(gain)

    def change(self, waves: Tensor) -> Tensor:
        gain = self.draw(waves, *self.gain)
        return waves * ops.power(10.0, gain / 20.0)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "gain": self.gain}
