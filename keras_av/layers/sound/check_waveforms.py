"""The check of waveforms that spectrograms are made of."""

from keras_av.ops.types import Tensor


def check_waveforms(inputs: Tensor) -> None:
    """Refuse what is no batch of waveforms.

    Args:
        inputs: Waveforms, `(batch, samples)`.

    Raises:
        ValueError: If they are of another rank.

    Examples:

    >>> import numpy as np
    >>> from keras_av.layers.sound.check_waveforms import check_waveforms
    >>> try:
    ...     check_waveforms(np.zeros(16000))
    ... except ValueError as error:
    ...     print(str(error)[:37])
    Received waveforms of shape (16000,).
    """
    if len(inputs.shape) != 2:
        raise ValueError(
            f"Received waveforms of shape {tuple(inputs.shape)}. Expected "
            "(batch, samples): average the channels of stereo sound, and add a "
            "batch axis to a single waveform."
        )
