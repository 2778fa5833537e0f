"""Triangular mel filters."""

from typing import Literal

import numpy as np

from keras_av.layers.sound.check_matrix import check_matrix
from keras_av.ops.types import Array

# Slaney's scale: linear below 1 kHz, then 27 logarithmic steps to 6.4 kHz.
_HERTZ_PER_MEL = 200.0 / 3.0
_BREAK_HERTZ = 1000.0
_BREAK_MEL = _BREAK_HERTZ / _HERTZ_PER_MEL
_LOG_STEP = np.log(6.4) / 27.0

# HTK's: 2595 log10(1 + f / 700).
_HTK_HERTZ = 700.0
_HTK_MEL = 2595.0 / np.log(10.0)


def mel_filters(
    sampling_rate: int,
    fft_length: int,
    num_mel_bins: int,
    min_freq: float = 0.0,
    max_freq: float | None = None,
    mel_scale: Literal["slaney", "htk", "kaldi"] = "slaney",
    norm: Literal["slaney"] | None = "slaney",
) -> Array:
    """Triangular filters, evenly spaced on a mel scale.

    Slaney's scale is linear below 1 kHz and logarithmic above. HTK's is `1127
    log(1 + f / 700)` mel. By default every triangle has unit area over
    frequency, so a flat spectrum gives equal bins. The filters are those of
    `librosa.filters.mel`; with `"kaldi"`, of Kaldi and of
    `tf.signal.linear_to_mel_weight_matrix`.

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
        mel_scale: `"slaney"`, `"htk"`, or `"kaldi"`, HTK's scale with
            triangles whose sides are straight over mel, not over frequency.
            Defaults to `"slaney"`.
        norm: `"slaney"` for unit area, or None for a height of 1. Defaults to
            `"slaney"`.

    Returns:
        float32 weights, `(fft_length // 2 + 1, num_mel_bins)`: power spectra
        times this matrix are mel spectra.

    Raises:
        ValueError: If the band is empty or exceeds half of the sampling rate,
            the scale or the norm is unknown, there are more than 20 million
            weights, or a filter is so narrow that it contains no frequency of
            the transform, which Kaldi accepts.

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
    if mel_scale not in _SCALES or norm not in ("slaney", None):
        raise ValueError(
            f"Received mel_scale={mel_scale!r} and norm={norm!r}. Expected one "
            f"of {list(_SCALES)}, and 'slaney' or None."
        )
    check_matrix(
        fft_length // 2 + 1,
        num_mel_bins,
        fft_length=fft_length,
        num_mel_bins=num_mel_bins,
    )
    to_mel, to_hertz = _SCALES[mel_scale]
    low, high = to_mel(np.array([min_freq, max_freq]))
    mels = np.linspace(low, high, num_mel_bins + 2)
    hertz = to_hertz(mels)
    bins = np.linspace(0, sampling_rate / 2, fft_length // 2 + 1)[:, None]
    edges = hertz
    if mel_scale == "kaldi":
        edges, bins = mels, to_mel(bins)
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    empty = np.flatnonzero(triangles.max(axis=0) == 0)
    if empty.size and mel_scale != "kaldi":
        raise ValueError(
            f"Received num_mel_bins={num_mel_bins} with "
            f"fft_length={fft_length}: filters {empty.tolist()} are narrower "
            "than the spacing of the transform and would always be 0. Lower "
            "num_mel_bins, or raise fft_length or min_freq."
        )
    height = 2.0 / (hertz[2:] - hertz[:-2]) if norm else 1.0
    return (triangles * height).astype(np.float32)


def _mel(hertz: Array) -> Array:
    linear = hertz / _HERTZ_PER_MEL
    octaves = np.log(np.maximum(hertz, _BREAK_HERTZ) / _BREAK_HERTZ)
    return np.minimum(linear, _BREAK_MEL) + octaves / _LOG_STEP


def _hertz(mel: Array) -> Array:
    linear = np.minimum(mel, _BREAK_MEL) * _HERTZ_PER_MEL
    return linear * np.exp(_LOG_STEP * np.maximum(mel - _BREAK_MEL, 0.0))


def _htk_mel(hertz: Array) -> Array:
    return _HTK_MEL * np.log1p(hertz / _HTK_HERTZ)


def _htk_hertz(mel: Array) -> Array:
    return _HTK_HERTZ * np.expm1(mel / _HTK_MEL)


_SCALES = {
    "slaney": (_mel, _hertz),
    "htk": (_htk_mel, _htk_hertz),
    "kaldi": (_htk_mel, _htk_hertz),
}
