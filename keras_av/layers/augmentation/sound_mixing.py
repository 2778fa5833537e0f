"""Mixing of sounds of a batch as background noise."""

from typing import Any

import keras
from keras import ops

from keras_av.layers.augmentation.random_layer import WaveformLayer, check_range
from keras_av.layers.augmentation.random_noise import (
    amplitude,
    root_mean_square,
)
from keras_av.ops.types import Tensor

# Below the level of any sound: silent waveforms are not amplified.
_TINY = 1e-8


@keras.saving.register_keras_serializable(package="keras_av")
class SoundMixing(WaveformLayer):
    """Adds another waveform of the batch to each one as quieter background.

    With `j` a random permutation of the batch, a ratio `r` in decibels drawn
    uniformly for each waveform, and `R` the root mean square of a waveform,

        x_i <- x_i + 10^(-r / 20) R_i / R_j(i) x_j(i).

    A waveform keeps its label, since it stays the louder one; `Mixup` blends
    labels as well and ignores levels. A waveform may be mixed with itself and
    become louder. Silence stays silent and adds nothing. Outside training,
    sound is only cast.

    Args:
        snr: Minimum and maximum ratio of the power of a waveform to that of
            its background, in dB, at least 0. Defaults to `(6.0, 20.0)`.
        seed: Integer seed, or None for a random one. Defaults to None.
        **kwargs: `name`, `dtype` and others of `keras.layers.Layer`.

    Call arguments:
        inputs: Waveforms, `(batch, samples)`.
        training: Whether to mix the waveforms.

    Output shape:
        That of the input, float32.

    Raises:
        ValueError: If `snr` is not two numbers in ascending order, or inputs
            have another rank.

    Examples:

    >>> import numpy as np
    >>> from keras_av.layers import SoundMixing
    >>> layer = SoundMixing((6.0, 20.0), seed=0)
    >>> tuple(layer(np.ones((2, 16000)), training=True).shape)
    (2, 16000)
    """

    def __init__(
        self,
        snr: tuple[float, float] = (6.0, 20.0),
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed, **kwargs)
        check_range("snr", snr, 0.0)
        self.snr = tuple(snr)

    def change(self, waves: Tensor) -> Tensor:
        partner = ops.argsort(self.draw(waves)[:, 0])
        level = root_mean_square(waves)
        # Unit level, or zeros for silence.
        even = waves / ops.maximum(level, _TINY)
        behind = ops.take(even, partner, axis=0)
        return waves + level * amplitude(self.draw(waves, *self.snr)) * behind

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "snr": self.snr}
