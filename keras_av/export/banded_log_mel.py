"""Log-mel spectrograms whose filters keep their bits."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from keras import ops

from keras_av.layers.sound.log_mel_spectrogram import LogMelSpectrogram
from keras_av.ops.types import Array, Tensor

# LiteRT gives 8 bits to weights of this many numbers, and to what they are
# multiplied with: quiet bins of a spectrum would become zero.
_QUANTIZED = 1024


class BandedLogMel(LogMelSpectrogram):
    """A `LogMelSpectrogram` that filters a few bands at a time.

    A filter reads few bins, so that the spectrum is multiplied with small
    blocks of filters instead of all at once. The result is the same.

    Args:
        **kwargs: Arguments of `LogMelSpectrogram`.

    Examples:

    >>> import numpy as np
    >>> from keras_av.export.banded_log_mel import BandedLogMel
    >>> from keras_av.layers import LogMelSpectrogram
    >>> wave = np.sin(np.arange(16000.0))[None]
    >>> both = [np.asarray(layer()(wave))
    ...         for layer in (LogMelSpectrogram, BandedLogMel)]
    >>> bool(np.allclose(*both, atol=1e-5))
    True
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._bands = list(_bands(self._filters))

    def _filtered(self, spectrum: Tensor) -> Tensor:
        blocks = [
            ops.matmul(
                spectrum[..., bins],
                ops.convert_to_tensor(self._filters[bins, filters]),
            )
            for bins, filters in self._bands
        ]
        return ops.concatenate(blocks, axis=-1)


def _bands(filters: Array) -> Iterator[tuple[slice, slice]]:
    """Bins and filters of blocks as large as LiteRT leaves alone."""
    count = filters.shape[1]
    first = 0
    while first < count:
        last = first + 1
        while last < count and _size(filters, first, last + 1) < _QUANTIZED:
            last += 1
        yield _bins(filters, first, last), slice(first, last)
        first = last


def _bins(filters: Array, first: int, last: int) -> slice:
    read = np.flatnonzero(filters[:, first:last].any(axis=1))
    return slice(int(read[0]), int(read[-1]) + 1)


def _size(filters: Array, first: int, last: int) -> int:
    bins = _bins(filters, first, last)
    return (bins.stop - bins.start) * (last - first)
