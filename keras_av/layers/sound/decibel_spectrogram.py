"""Linear spectrograms of waveforms, in decibels."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_av.layers.sound.check_waveforms import check_waveforms
from keras_av.layers.sound.fourier_waves import window_of
from keras_av.ops.types import Array, Tensor

# Power below it is silence.
_LEAST = 1e-10


@keras.saving.register_keras_serializable(package="keras_av")
class DecibelSpectrogram(keras.layers.Layer):
    """Standardized power spectrogram of a waveform, in decibels.

    The front end of AVID: the power of Hann windows, of which the constant
    part stays and neighboring frequencies are averaged in pairs, becomes

        (max(10 log10(max(power, 1e-10)), loudest - top_db) - mean) / std

    with `loudest` the maximum of the clip. Frames are centered: frame `t` is
    around sample `t * sequence_stride`, and zeros surround the waveform. The
    computation is in float32 regardless of the dtype policy.

    References:
        - [Morgado et al., 2021](https://arxiv.org/abs/2004.12943)

    Args:
        fft_length: Length of the window and of the Fourier transform, in
            samples, a multiple of 4. Defaults to 1024.
        sequence_stride: Step from frame to frame, in samples. Defaults to
            240, 10 ms at 24 kHz.
        top_db: Positive number of decibels below the loudest point of a clip
            at which it is cut off. Defaults to 100.
        mean: Number, or one per bin, to subtract. Defaults to 0.
        std: Positive number, or one per bin, to divide the result by. Defaults
            to 1. See `keras_av.layers.log_mel_statistics`.
        **kwargs: `name`, `dtype` and others of `keras.layers.Layer`.

    Call arguments:
        inputs: Waveforms in [-1, 1], `(batch, samples)`.

    Output shape:
        `(batch, samples // sequence_stride, 1 + fft_length // 4, 1)`.

    Raises:
        ValueError: If an option is out of range, or inputs are not of rank 2.

    Examples:

    >>> import numpy as np
    >>> from keras_av.layers import DecibelSpectrogram
    >>> spectrogram = DecibelSpectrogram()(np.zeros((2, 48000), "float32"))
    >>> tuple(spectrogram.shape), round(float(spectrogram[0, 0, 0, 0]), 3)
    ((2, 200, 257, 1), -100.0)
    """

    def __init__(
        self,
        fft_length: int = 1024,
        sequence_stride: int = 240,
        top_db: float = 100.0,
        mean: float | Sequence[float] | Array = 0.0,
        std: float | Sequence[float] | Array = 1.0,
        **kwargs: Any,
    ) -> None:
        # Without autocast, the waveform reaches `call` in float32.
        super().__init__(autocast=False, **kwargs)
        if fft_length < 4 or fft_length % 4 or sequence_stride < 1:
            raise ValueError(
                f"Received fft_length={fft_length} and sequence_stride="
                f"{sequence_stride}. Expected a multiple of 4 and a positive "
                "number."
            )
        if top_db <= 0 or np.min(std) <= 0:
            raise ValueError(
                f"Received top_db={top_db} and std={std}. Expected positive "
                "numbers."
            )
        self.fft_length = fft_length
        self.sequence_stride = sequence_stride
        self.top_db = top_db
        self.mean = np.asarray(mean, "float32")
        self.std = np.asarray(std, "float32")
        self._window = window_of("hann", fft_length).astype("float32")

    def call(self, inputs: Tensor) -> Tensor:
        check_waveforms(inputs)
        power = self._pairs(self._power_spectrum(inputs))
        decibels = ops.log(ops.maximum(power, _LEAST)) * (10 / np.log(10.0))
        loudest = ops.max(decibels, axis=(1, 2), keepdims=True)
        decibels = ops.maximum(decibels, loudest - self.top_db)
        centred = decibels - ops.convert_to_tensor(self.mean)
        standardised = centred / ops.convert_to_tensor(self.std)
        return ops.cast(ops.expand_dims(standardised, -1), self.compute_dtype)

    def _power_spectrum(self, inputs: Tensor) -> Tensor:
        around = self.fft_length // 2
        samples = ops.pad(
            ops.cast(inputs, "float32"), ((0, 0), (around, around))
        )
        real, imaginary = ops.stft(
            samples,
            sequence_length=self.fft_length,
            sequence_stride=self.sequence_stride,
            fft_length=self.fft_length,
            window=ops.convert_to_tensor(self._window),
            center=False,
        )
        # The last frame is centered at the end.
        count = ops.shape(inputs)[1] // self.sequence_stride
        return (ops.square(real) + ops.square(imaginary))[:, :count]

    def _pairs(self, power: Tensor) -> Tensor:
        """The constant part, and means of two neighboring frequencies."""
        pairs = (power[..., 1::2] + power[..., 2::2]) / 2
        return ops.concatenate([power[..., :1], pairs], axis=-1)

    def compute_output_shape(
        self, input_shape: tuple[int | None, ...]
    ) -> tuple[int | None, ...]:
        batch, samples = input_shape
        time = None if samples is None else samples // self.sequence_stride
        return (batch, time, 1 + self.fft_length // 4, 1)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "fft_length": self.fft_length,
            "sequence_stride": self.sequence_stride,
            "top_db": self.top_db,
            "mean": self.mean.tolist(),
            "std": self.std.tolist(),
        }
