"""A windowed Fourier transform as the kernel of a convolution."""

from collections.abc import Callable

import numpy as np

from keras_av.layers.sound.check_matrix import check_matrix
from keras_av.ops.types import Array


def window_of(name: str, length: int) -> Array:
    """The weights of a window.

    Args:
        name: `"hann"`, which is periodic, `"hann_symmetric"`, or `"povey"`,
            the symmetric one to the power of 0.85.
        length: Length of the window, in samples.

    Returns:
        Float64 `(length,)`.

    Raises:
        ValueError: If the name is unknown.

    Examples:

    >>> from keras_av.layers.sound.fourier_waves import window_of
    >>> window_of("hann", 4).round(3).tolist()
    [0.0, 0.5, 1.0, 0.5]
    """
    if length == 1:
        return np.ones(1)
    windows: dict[str, Callable[[], Array]] = {
        "hann": lambda: np.hanning(length + 1)[:-1],
        "hann_symmetric": lambda: np.hanning(length),
        "povey": lambda: np.hanning(length) ** 0.85,
    }
    if name not in windows:
        raise ValueError(
            f"Received window={name!r}. Expected one of {list(windows)}."
        )
    return windows[name]()


def fourier_waves(
    window: Array, fft_length: int, bins: Array, preemphasis: float = 0.0
) -> Array:
    """Waves whose products with a frame are its Fourier transform.

    With `w` the window, bin `k` is `sum_n w_n y_n exp(-2 pi i k n / N)`. With
    a pre-emphasis `a`, `y_n = z_n - a z_(n - 1)` with `z` the frame without its
    mean, and `z_(-1) = z_0`; otherwise `y` is the frame itself.

    Args:
        window: Weights `(length,)` of the samples of a frame.
        fft_length: Length `N` of the transform, in samples.
        bins: Numbers `k` of the bins to compute.
        preemphasis: Share of the sample before. Defaults to 0.

    Returns:
        float32 `(length, 1, 2 * len(bins))`, a kernel of `keras.ops.conv`:
        real parts, then imaginary ones.

    Raises:
        ValueError: If these are more than 20 million numbers.

    Examples:

    >>> import numpy as np
    >>> from keras_av.layers.sound.fourier_waves import fourier_waves
    >>> waves = fourier_waves(np.ones(4), 4, np.arange(3))[:, 0]
    >>> (np.array([1.0, 2.0, 3.0, 4.0]) @ waves).round(3).tolist()
    [10.0, -2.0, -2.0, 0.0, 2.0, -0.0]
    """
    length = len(window)
    columns = max(2 * len(bins), length if preemphasis else 0)
    check_matrix(length, columns, window_length=length, fft_length=fft_length)
    angle = 2 * np.pi / fft_length * np.outer(np.arange(length), bins)
    waves = np.concatenate([np.cos(angle), -np.sin(angle)], axis=1)
    waves = window[:, None] * waves
    if preemphasis:
        # What is done to a frame, in columns, is done to the waves.
        before = np.eye(length, k=-1)
        before[0, 0] = 1.0
        prepare = np.eye(length) - preemphasis * before
        without_mean = np.eye(length) - 1.0 / length
        waves = (prepare @ without_mean).T @ waves
    return waves[:, None].astype("float32")
