"""Sounds of a batch in the background of one another."""

from typing import Any

import keras
from keras import ops

from keras_av.layers.augmentation.random_layer import WaveformLayer, check_range
from keras_av.layers.augmentation.random_noise import (
    amplitude,
    root_mean_square,
)
from keras_av.ops.types import Tensor

# Below the level of silence: what divides by it is multiplied by none.
_TINY = 1e-8


@keras.saving.register_keras_serializable(package="keras_av")
class SoundMixing(WaveformLayer):
    """Adds to every sound of a batch another one of it, more quietly.

    With `j` a random permutation of the batch, a ratio `r` in decibels that
    is drawn uniformly for every sound, and `R` the root mean square of a
    sound over all of its samples,

        x_i <- x_i + 10^(-r / 20) R_i / R_j(i) x_j(i).

    A sound keeps its label, for it stays the louder one; `Mixup` blends
    labels too, and knows nothing of levels. A sound may be given itself, and
    becomes louder. Silence stays silence, and adds nothing. Outside of
    training, sound is only cast.

    Args:
        snr: Least and greatest ratio of a sound's power to that of the one
            behind it, in dB, from 0 up. Defaults to `(6.0, 20.0)`.
        seed: Integer, or None for a random one. Defaults to None.
        **kwargs: `name`, `dtype` and others of `keras.layers.Layer`.

    Call arguments:
        inputs: Waveforms, `(batch, samples)`.
        training: Whether they are mixed.

    Output shape:
        That of the input, float32.

    Raises:
        ValueError: `snr` is not two numbers in order; when called, inputs of
            another rank.

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
        # Unit level, or zeros where there is no sound.
        even = waves / ops.maximum(level, _TINY)
        behind = ops.take(even, partner, axis=0)
        return waves + level * amplitude(self.draw(waves, *self.snr)) * behind

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "snr": self.snr}
