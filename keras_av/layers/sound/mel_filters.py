"""Triangular mel filters."""

import numpy as np

from keras_av.ops.types import Array

# Slaney's scale: linear below 1 kHz, then 27 logarithmic steps to 6.4 kHz.
_HERTZ_PER_MEL = 200.0 / 3.0
_BREAK_HERTZ = 1000.0
_BREAK_MEL = _BREAK_HERTZ / _HERTZ_PER_MEL
_LOG_STEP = np.log(6.4) / 27.0


def mel_filters(
    sampling_rate: int,
    fft_length: int,
    num_mel_bins: int,
    min_freq: float = 0.0,
    max_freq: float | None = None,
) -> Array:
    """Triangular filters, evenly spaced on Slaney's mel scale.

    The scale is linear below 1 kHz and logarithmic above. Every triangle has
    unit area over frequency, so a flat spectrum gives equal bins. The filters
    are those of `librosa.filters.mel` with its default settings.

    References:
        - [Slaney, Auditory Toolbox, 1998](
          https://engineering.purdue.edu/~malcolm/interval/1998-010/)

    Args:
        sampling_rate: Sampling rate, in Hz.
        fft_length: Length of the Fourier transform, in samples.
        num_mel_bins: Number of filters.
        min_freq: Lower edge of the first filter, in Hz. Defaults to 0.
        max_freq: Upper edge of the last filter, in Hz. Defaults to half of
            the sampling rate.

    Returns:
        float32 weights, `(fft_length // 2 + 1, num_mel_bins)`: power spectra
        times this matrix are mel spectra.

    Raises:
        ValueError: If the band is empty or exceeds half of the sampling rate,
            or a filter is so narrow that it contains no frequency of the
            transform.

    Examples:

    >>> from keras_av.layers import mel_filters
    >>> mel_filters(16000, fft_length=512, num_mel_bins=64).shape
    (257, 64)
    """
    max_freq = sampling_rate / 2 if max_freq is None else max_freq
    if not 0 <= min_freq < max_freq <= sampling_rate / 2:
        raise ValueError(
            f"Received min_freq={min_freq} and max_freq={max_freq} for "
            f"sampling_rate={sampling_rate}. Expected 0 <= min_freq < max_freq "
            f"<= {sampling_rate / 2}, half of the sampling rate."
        )
    low, high = _mel(np.array([min_freq, max_freq]))
    edges = _hertz(np.linspace(low, high, num_mel_bins + 2))
    bins = np.linspace(0, sampling_rate / 2, fft_length // 2 + 1)[:, None]
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    empty = np.flatnonzero(triangles.max(axis=0) == 0)
    if empty.size:
        raise ValueError(
            f"Received num_mel_bins={num_mel_bins} with "
            f"fft_length={fft_length}: filters {empty.tolist()} are narrower "
            "than the spacing of the transform and would always be 0. Lower "
            "num_mel_bins, or raise fft_length or min_freq."
        )
    return (triangles * 2.0 / (edges[2:] - edges[:-2])).astype(np.float32)


def _mel(hertz: Array) -> Array:
    linear = hertz / _HERTZ_PER_MEL
    octaves = np.log(np.maximum(hertz, _BREAK_HERTZ) / _BREAK_HERTZ)
    return np.minimum(linear, _BREAK_MEL) + octaves / _LOG_STEP


def _hertz(mel: Array) -> Array:
    linear = np.minimum(mel, _BREAK_MEL) * _HERTZ_PER_MEL
    return linear * np.exp(_LOG_STEP * np.maximum(mel - _BREAK_MEL, 0.0))
