"""Random time shifts of sound."""

from typing import Any

import keras
from keras import ops

from keras_av.layers.augmentation.random_layer import WaveformLayer
from keras_av.ops.types import Tensor


@keras.saving.register_keras_serializable(package="keras_av")
class RandomTimeShift(WaveformLayer):
    """Rolls each waveform of a batch in time, independently.

    Sample `i` becomes sample `i + s`, and samples that leave at one end enter
    at the other. The shift `s` is an integer drawn uniformly from
    `-m, ..., m` with `m = round(max_shift * samples)`. Outside training, sound
    is only cast.

    It shifts sound relative to the video: do not use it with methods that
    learn from their synchrony.

    Args:
        max_shift: Maximum shift as a fraction of the length, in [0, 1].
            Defaults to 0.1.
        seed: Integer seed, or None for a random one. Defaults to None.
        **kwargs: `name`, `dtype` and others of `keras.layers.Layer`.

    Call arguments:
        inputs: Waveforms, `(batch, samples)`.
        training: Whether to apply the shift.

    Output shape:
        That of the input, float32.

    Raises:
        ValueError: If `max_shift` is not in [0, 1], or inputs have another
            rank.

    Examples:

    >>> import numpy as np
    >>> from keras_av.layers import RandomTimeShift
    >>> layer = RandomTimeShift(0.2, seed=0)
    >>> tuple(layer(np.ones((2, 16000)), training=True).shape)
    (2, 16000)
    """

    def __init__(
        self, max_shift: float = 0.1, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(seed, **kwargs)
        if not 0 <= max_shift <= 1:
            raise ValueError(
                f"Received max_shift={max_shift}. Expected it in [0, 1]."
            )
        self.max_shift = max_shift

    def change(self, waves: Tensor) -> Tensor:
        batch, count = ops.shape(waves)[:2]
        limit = ops.round(ops.cast(count, "float32") * self.max_shift)
        share = self.draw(waves)
        shift = ops.floor(share * (2 * limit + 1)) - limit
        shift = ops.cast(shift, "int32")
        places = ops.arange(count, dtype="int32")[None] - shift
        return ops.take_along_axis(waves, ops.mod(places, count), axis=1)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "max_shift": self.max_shift}
