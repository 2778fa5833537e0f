"""Log-mel spectrograms of waveforms."""

from collections.abc import Sequence
from typing import Any, Literal

import keras
import numpy as np
from keras import ops

from keras_av.layers.sound.check_waveforms import check_waveforms
from keras_av.layers.sound.fourier_waves import fourier_waves, window_of
from keras_av.layers.sound.mel_filters import mel_filters
from keras_av.ops.types import Array, Tensor


@keras.saving.register_keras_serializable(package="keras_av")
class LogMelSpectrogram(keras.layers.Layer):
    """Standardized natural logarithm of the mel spectrogram of a waveform.

    With `A` the amplitude spectrum of windowed frames and `M` the filters of
    `keras_av.layers.mel_filters`, a frame becomes

        (log(max(A^power M, floor) + offset) - mean) / std.

    By default frames are centered: the waveform is padded with `fft_length //
    2` zeros on both sides, so that frame `t` is centered at sample `t *
    sequence_stride`. The logarithms then differ from those of
    `librosa.feature.melspectrogram` (`power=2.0, center=True,
    pad_mode="constant"`) by at most 1.4e-4 on recordings of environmental
    sounds, and by 1e-5 on chirps with noise.

    The computation is in float32 regardless of the dtype policy, since the
    squares of a quiet signal underflow in half precision; the result is then
    cast. Pass float32 waveforms: float16 waveforms have already lost their
    quiet parts.

    With `transform="conv"`, the spectrum is computed by one convolution with
    waves, for runtimes without a Fourier transform; it also takes the
    preparation of frames that Kaldi has. `panns_log_mel`, `yamnet_log_mel` and
    `kaldi_fbank` are the front ends of published networks.

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
        power: 2 for the power spectrum, 1 for amplitudes. Defaults to 2.
        offset: Number to add before the logarithm. Defaults to 0.
        mel_scale: Scale of the filters; see `mel_filters`. Defaults to
            `"slaney"`.
        norm: `"slaney"` for filters of unit area, or None for a height of 1.
            Defaults to `"slaney"`.
        padding: What surrounds the waveform: `"zeros"`, or `"reflect"` for its
            mirror image; with `"valid"` nothing does, and frame `t` begins at
            sample `t * sequence_stride`. Defaults to `"zeros"`.
        window: `"hann"`, which is periodic, `"hann_symmetric"` or `"povey"`,
            its power 0.85. Defaults to `"hann"`.
        preemphasis: Share `a` of the sample before that is subtracted from
            each sample of a frame, after the mean of the frame, as in Kaldi.
            Defaults to 0, which leaves the frame as it is.
        transform: `"fft"`, or `"conv"`, which `preemphasis` needs. Defaults to
            `"fft"`.
        **kwargs: `name`, `dtype` and others of `keras.layers.Layer`.

    Call arguments:
        inputs: Waveforms in [-1, 1], `(batch, samples)`.

    Output shape:
        `(batch, 1 + samples // sequence_stride, num_mel_bins, 1)`; with
        `padding="valid"` as many frames as fit.

    Raises:
        ValueError: If `window_length` exceeds `fft_length`, `floor` or `std`
            is not positive, the frequency band is invalid, an option is
            unknown, or inputs are not of rank 2 or too short for the padding.

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
        power: float = 2.0,
        offset: float = 0.0,
        mel_scale: Literal["slaney", "htk", "kaldi"] = "slaney",
        norm: Literal["slaney"] | None = "slaney",
        padding: Literal["zeros", "reflect", "valid"] = "zeros",
        window: Literal["hann", "hann_symmetric", "povey"] = "hann",
        preemphasis: float = 0.0,
        transform: Literal["fft", "conv"] = "fft",
        **kwargs: Any,
    ) -> None:
        # Without autocast, the waveform reaches `call` in float32.
        super().__init__(autocast=False, **kwargs)
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
        self.power = power
        self.offset = offset
        self.mel_scale = mel_scale
        self.norm = norm
        self.padding = padding
        self.window = window
        self.preemphasis = preemphasis
        self.transform = transform
        self._check()
        self._make_constants()

    def _check(self) -> None:
        """Refuse arguments that are out of range, or do not go together.

        Raises:
            ValueError: If there are such.
        """
        if not 0 < self.window_length <= self.fft_length:
            raise ValueError(
                f"Received window_length={self.window_length} and "
                f"fft_length={self.fft_length}. Expected 0 < window_length <= "
                "fft_length: raise fft_length or shorten the window."
            )
        if self.floor <= 0 or np.min(self.std) <= 0:
            raise ValueError(
                f"Received floor={self.floor} and std={self.std}. Expected "
                "positive numbers."
            )
        for name, value, known in (
            ("power", self.power, (1, 2)),
            ("padding", self.padding, ("zeros", "reflect", "valid")),
            ("transform", self.transform, ("fft", "conv")),
        ):
            if value not in known:
                raise ValueError(
                    f"Received {name}={value!r}. Expected one of {known}."
                )
        if self.preemphasis and self.transform == "fft":
            raise ValueError(
                f"Received preemphasis={self.preemphasis} and "
                "transform='fft'. Expected transform='conv', which prepares "
                "each frame."
            )

    def _make_constants(self) -> None:
        """Compute the filters, and the window or the waves."""
        filters = mel_filters(
            self.sampling_rate,
            self.fft_length,
            self.num_mel_bins,
            self.min_freq,
            self.max_freq,
            self.mel_scale,
            self.norm,
        )
        window = window_of(self.window, self.window_length)
        if self.transform == "fft":
            self._filters = filters
            # Backends place a short window in a long frame differently, so it
            # is padded here to the length of the frame.
            self._window = np.pad(window.astype("float32"), self._around(True))
            return
        # Bins that no filter reads are not computed.
        used = np.flatnonzero(filters.any(axis=1))
        self._filters = filters[used]
        self._waves = fourier_waves(
            window, self.fft_length, used, self.preemphasis
        )

    def _around(self, frame: bool) -> tuple[int, int]:
        """Samples on both sides of the window in a frame, or of a waveform."""
        spare = self.fft_length - self.window_length
        both = (spare // 2, spare - spare // 2)
        if frame or self.padding == "valid":
            return both
        return (self.fft_length // 2, self.fft_length // 2)

    def call(self, inputs: Tensor) -> Tensor:
        check_waveforms(inputs)
        squares = self._power_spectrum(self._padded(inputs))
        spectrum = squares if self.power == 2 else ops.sqrt(squares)
        mel = self._filtered(spectrum)
        logarithms = ops.log(ops.maximum(mel, self.floor) + self.offset)
        centred = logarithms - ops.convert_to_tensor(self.mean)
        standardised = centred / ops.convert_to_tensor(self.std)
        # An index of None does not reach LiteRT.
        return ops.cast(ops.expand_dims(standardised, -1), self.compute_dtype)

    def _filtered(self, spectrum: Tensor) -> Tensor:
        return ops.matmul(spectrum, ops.convert_to_tensor(self._filters))

    def _padded(self, inputs: Tensor) -> Tensor:
        samples = ops.cast(inputs, "float32")
        left, right = self._around(False)
        least = right + 1
        if self.padding == "valid":
            least = self.window_length
        count = inputs.shape[1]
        if self.padding != "zeros" and count is not None and count < least:
            raise ValueError(
                f"Received waveforms of {count} samples. Expected at least "
                f"{least}, with padding={self.padding!r}: pad them, or choose "
                "padding='zeros'."
            )
        if self.padding != "reflect":
            return ops.pad(samples, ((0, 0), (left, right)))
        # Not every backend mirrors at this rank.
        before = ops.flip(samples[:, 1 : left + 1], axis=1)
        behind = ops.flip(samples[:, -right - 1 : -1], axis=1)
        return ops.concatenate([before, samples, behind], axis=1)

    def _power_spectrum(self, samples: Tensor) -> Tensor:
        if self.transform == "fft":
            real, imaginary = ops.stft(
                samples,
                sequence_length=self.fft_length,
                sequence_stride=self.sequence_stride,
                fft_length=self.fft_length,
                window=ops.convert_to_tensor(self._window),
                center=False,
            )
            return ops.square(real) + ops.square(imaginary)
        # Only the window is read, but there are as many frames as with "fft".
        left, right = self._around(True)
        count = ops.shape(samples)[1]
        samples = samples[:, left : count - right]
        both = ops.conv(
            ops.expand_dims(samples, -1),
            ops.convert_to_tensor(self._waves),
            strides=self.sequence_stride,
            padding="valid",
            data_format="channels_last",
        )
        real, imaginary = ops.split(both, 2, axis=-1)
        return ops.square(real) + ops.square(imaginary)

    def compute_output_shape(
        self, input_shape: tuple[int | None, ...]
    ) -> tuple[int | None, ...]:
        batch, samples = input_shape
        time = None
        if samples is not None:
            left, right = self._around(False)
            more = samples + left + right - self.fft_length
            time = 1 + more // self.sequence_stride
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
            "power": self.power,
            "offset": self.offset,
            "mel_scale": self.mel_scale,
            "norm": self.norm,
            "padding": self.padding,
            "window": self.window,
            "preemphasis": self.preemphasis,
            "transform": self.transform,
        }
