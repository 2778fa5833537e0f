"""Statistics of spectrograms over a dataset."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from keras import ops

from keras_av.layers.sound.decibel_spectrogram import DecibelSpectrogram
from keras_av.layers.sound.log_mel_spectrogram import LogMelSpectrogram
from keras_av.ops.types import Array

# A constant bin, such as one above the band of a codec, is left unscaled
# instead of being divided by zero.
_LEAST_STD = 1e-3


def log_mel_statistics(
    layer: LogMelSpectrogram | DecibelSpectrogram, batches: Iterable[Any]
) -> tuple[Array, Array]:
    """Mean and standard deviation of each bin of a spectrogram over a dataset.

    Pass them to a new `LogMelSpectrogram(mean=mean, std=std)`, or
    `DecibelSpectrogram`, whose bins then have mean 0 and standard deviation 1
    over that dataset. Compute them from training data only.

    Args:
        layer: Layer that computes the spectrograms; its `mean` and `std` are
            ignored.
        batches: Waveforms, `(batch, samples)` each, or dicts with `audio` and
            optionally `has_audio`, `(batch,)`. Rows without sound are left
            out. Random clips of `keras_av.data.clips` are those of epoch 0,
            so that a run which resumes finds the same statistics.

    Returns:
        Means and standard deviations, float32 `(num_bins,)` each. The
        standard deviation of a constant bin is set to 1.

    Raises:
        ValueError: If there is no sound.

    Examples:

    >>> import numpy as np
    >>> from keras_av.layers import LogMelSpectrogram, log_mel_statistics
    >>> noise = np.random.default_rng(0).standard_normal((4, 8000))
    >>> mean, std = log_mel_statistics(LogMelSpectrogram(), [noise])
    >>> layer = LogMelSpectrogram(mean=mean, std=std)
    """
    plain = type(layer).from_config(
        {**layer.get_config(), "mean": 0.0, "std": 1.0, "dtype": "float32"}
    )
    if hasattr(batches, "set_epoch"):
        batches.set_epoch(0)
    count = 0
    total, squares = np.zeros((2, 1))
    for batch in batches:
        audio = _sounds(batch)
        if len(audio) == 0:
            continue
        values = ops.convert_to_numpy(plain(audio)).astype("float64")
        values = values.reshape(-1, values.shape[2])
        count += len(values)
        total = total + values.sum(axis=0)
        squares = squares + np.square(values).sum(axis=0)
    if count == 0:
        raise ValueError(
            "Received batches without any sound. Expected waveforms, or dicts "
            "with 'audio' whose 'has_audio' is True somewhere."
        )
    mean = total / count
    std = np.sqrt(np.maximum(squares / count - np.square(mean), 0.0))
    std = np.where(std < _LEAST_STD, 1.0, std)
    return mean.astype("float32"), std.astype("float32")


def _sounds(batch: Any) -> Array:
    if not isinstance(batch, Mapping):
        return np.asarray(batch, "float32")
    audio = np.asarray(batch["audio"], "float32")
    if "has_audio" not in batch:
        return audio
    return audio[np.asarray(batch["has_audio"], bool)]
