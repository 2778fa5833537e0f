"""Log-mel spectrograms of waveforms, and their statistics."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_av.layers.sound.mel_filters import mel_filters
from keras_av.ops.types import Array, Tensor

# A constant bin, such as one above the band of a codec, is left unscaled
# instead of being divided by zero.
_LEAST_STD = 1e-3


@keras.saving.register_keras_serializable(package="keras_av")
class LogMelSpectrogram(keras.layers.Layer):
    """Standardized natural logarithm of the mel spectrogram of a waveform.

    With `P` the power spectrum of Hann-windowed frames and `M` the filters of
    `keras_av.layers.mel_filters`, a frame becomes

        (log(max(P M, floor)) - mean) / std.

    Frames are centered: the waveform is padded with `fft_length // 2` zeros on
    both sides, so that frame `t` is centered at sample `t * sequence_stride`.
    The logarithms differ from those of `librosa.feature.melspectrogram`
    (`power=2.0, center=True, pad_mode="constant"`) by at most 1.4e-4 on
    recordings of environmental sounds, and by 1e-5 on chirps with noise.

    The computation is in float32 regardless of the dtype policy, since the
    squares of a quiet signal underflow in half precision; the result is then
    cast. Pass float32 waveforms: float16 waveforms have already lost their
    quiet parts.

    Args:
        sampling_rate: Sampling rate of the waveforms, in Hz. Defaults to
            16000.
        num_mel_bins: Number of mel bins. Defaults to 64.
        window_length: Length of the Hann window, in samples. Defaults to 400,
            25 ms at 16 kHz.
        sequence_stride: Step from frame to frame, in samples. Defaults to
            160, 10 ms at 16 kHz.
        fft_length: Length of the Fourier transform, in samples, at least
            `window_length`. Defaults to 512.
        min_freq: Lower edge of the first filter, in Hz. Defaults to 0.
        max_freq: Upper edge of the last filter, in Hz. Defaults to half of
            the sampling rate.
        floor: Positive minimum of the mel power: silence becomes
            `log(floor)`. Defaults to 1e-6, just above the quantization noise
            of 16-bit sound.
        mean: Number, or one per mel bin, to subtract from the logarithms.
            Defaults to 0.
        std: Positive number, or one per mel bin, to divide the result by.
            Defaults to 1. See `keras_av.layers.log_mel_statistics`.
        **kwargs: `name`, `dtype` and others of `keras.layers.Layer`.

    Call arguments:
        inputs: Waveforms in [-1, 1], `(batch, samples)`.

    Output shape:
        `(batch, 1 + samples // sequence_stride, num_mel_bins, 1)`.

    Raises:
        ValueError: If `window_length` exceeds `fft_length`, `floor` or `std`
            is not positive, the frequency band is invalid, or inputs are not
            of rank 2.

    Examples:

    >>> import numpy as np
    >>> from keras_av.layers import LogMelSpectrogram
    >>> spectrogram = LogMelSpectrogram()(np.zeros((2, 16000), "float32"))
    >>> tuple(spectrogram.shape)
    (2, 101, 64, 1)
    """

    def __init__(
        self,
        sampling_rate: int = 16000,
        num_mel_bins: int = 64,
        window_length: int = 400,
        sequence_stride: int = 160,
        fft_length: int = 512,
        min_freq: float = 0.0,
        max_freq: float | None = None,
        floor: float = 1e-6,
        mean: float | Sequence[float] | Array = 0.0,
        std: float | Sequence[float] | Array = 1.0,
        **kwargs: Any,
    ) -> None:
        # Without autocast, the waveform reaches `call` in float32.
        super().__init__(autocast=False, **kwargs)
        if not 0 < window_length <= fft_length:
            raise ValueError(
                f"Received window_length={window_length} and "
                f"fft_length={fft_length}. Expected 0 < window_length <= "
                "fft_length: raise fft_length or shorten the window."
            )
        if floor <= 0 or np.min(std) <= 0:
            raise ValueError(
                f"Received floor={floor} and std={std}. Expected positive "
                "numbers."
            )
        self.sampling_rate = sampling_rate
        self.num_mel_bins = num_mel_bins
        self.window_length = window_length
        self.sequence_stride = sequence_stride
        self.fft_length = fft_length
        self.min_freq = min_freq
        self.max_freq = max_freq
        self.floor = floor
        self.mean = np.asarray(mean, "float32")
        self.std = np.asarray(std, "float32")
        self._filters = mel_filters(
            sampling_rate, fft_length, num_mel_bins, min_freq, max_freq
        )
        # Backends place a short window in a long frame differently, so it is
        # padded here to the length of the frame.
        spare = fft_length - window_length
        self._window = np.pad(
            np.hanning(window_length + 1)[:-1].astype("float32"),
            (spare // 2, spare - spare // 2),
        )

    def call(self, inputs: Tensor) -> Tensor:
        if len(inputs.shape) != 2:
            raise ValueError(
                f"Received waveforms of shape {tuple(inputs.shape)}. Expected "
                "(batch, samples): average the channels of stereo sound, and "
                "add a batch axis to a single waveform."
            )
        margin = self.fft_length // 2
        samples = ops.pad(
            ops.cast(inputs, "float32"), ((0, 0), (margin, margin))
        )
        real, imaginary = ops.stft(
            samples,
            sequence_length=self.fft_length,
            sequence_stride=self.sequence_stride,
            fft_length=self.fft_length,
            window=ops.convert_to_tensor(self._window),
            center=False,
        )
        power = ops.square(real) + ops.square(imaginary)
        mel = ops.matmul(power, ops.convert_to_tensor(self._filters))
        logarithms = ops.log(ops.maximum(mel, self.floor))
        centred = logarithms - ops.convert_to_tensor(self.mean)
        standardised = centred / ops.convert_to_tensor(self.std)
        return ops.cast(standardised[..., None], self.compute_dtype)

    def compute_output_shape(
        self, input_shape: tuple[int | None, ...]
    ) -> tuple[int | None, ...]:
        batch, samples = input_shape
        # An odd length is padded by one sample less.
        odd = self.fft_length % 2
        time = (
            None
            if samples is None
            else 1 + (samples - odd) // self.sequence_stride
        )
        return (batch, time, self.num_mel_bins, 1)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "sampling_rate": self.sampling_rate,
            "num_mel_bins": self.num_mel_bins,
            "window_length": self.window_length,
            "sequence_stride": self.sequence_stride,
            "fft_length": self.fft_length,
            "min_freq": self.min_freq,
            "max_freq": self.max_freq,
            "floor": self.floor,
            "mean": self.mean.tolist(),
            "std": self.std.tolist(),
        }


def log_mel_statistics(
    layer: LogMelSpectrogram, batches: Iterable[Any]
) -> tuple[Array, Array]:
    """Mean and standard deviation of each log-mel bin over a dataset.

    Pass them to a new `LogMelSpectrogram(mean=mean, std=std)`, whose bins then
    have mean 0 and standard deviation 1 over that dataset. Compute them from
    training data only.

    Args:
        layer: Layer that computes the spectrograms; its `mean` and `std` are
            ignored.
        batches: Waveforms, `(batch, samples)` each, or dicts with `audio` and
            optionally `has_audio`, `(batch,)`. Rows without sound are left
            out.

    Returns:
        Means and standard deviations, float32 `(num_mel_bins,)` each. The
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
    plain = LogMelSpectrogram.from_config(
        {**layer.get_config(), "mean": 0.0, "std": 1.0, "dtype": "float32"}
    )
    count = 0
    total, squares = np.zeros((2, layer.num_mel_bins))
    for batch in batches:
        audio = _sounds(batch)
        if len(audio) == 0:
            continue
        values = ops.convert_to_numpy(plain(audio)).astype("float64")
        values = values.reshape(-1, layer.num_mel_bins)
        count += len(values)
        total += values.sum(axis=0)
        squares += np.square(values).sum(axis=0)
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
