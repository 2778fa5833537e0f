"""Complex spectrograms of waveforms, and the way back."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_av.layers.sound.check_waveforms import check_waveforms
from keras_av.layers.sound.fourier_waves import window_of
from keras_av.ops.types import Tensor

# Of the sum of squares of windows, so that nothing is divided by 0.
_LEAST = 1e-8


@keras.saving.register_keras_serializable(package="keras_av")
class ComplexSpectrogram(keras.layers.Layer):
    """Real and imaginary parts of the spectrogram of a waveform.

    Frame `t` is centered at sample `t * sequence_stride`, and zeros surround
    the waveform. `waveform` is the inverse: the waveform whose spectrogram is
    nearest. Both are in float32 regardless of the dtype policy.

    Args:
        window_length: Length of the periodic Hann window, in samples. Defaults
            to 400, 25 ms at 16 kHz.
        sequence_stride: Step from frame to frame, in samples, at most half of
            the window. Defaults to 160, 10 ms at 16 kHz.
        fft_length: Length of the Fourier transform, in samples, even and at
            least `window_length`. Defaults to 512.
        **kwargs: `name`, `dtype` and others of `keras.layers.Layer`.

    Call arguments:
        inputs: Waveforms, `(batch, samples)`.

    Output shape:
        `(batch, 1 + samples // sequence_stride, 1 + fft_length // 2, 2)`.

    Raises:
        ValueError: If an option is out of range, or inputs are not of rank 2.

    Examples:

    >>> import numpy as np
    >>> from keras_av.layers import ComplexSpectrogram
    >>> layer = ComplexSpectrogram()
    >>> sound = np.sin(np.arange(16000, dtype="float32"))[None]
    >>> spectrogram = layer(sound)
    >>> tuple(spectrogram.shape)
    (1, 101, 257, 2)
    >>> bool(np.allclose(layer.waveform(spectrogram, 16000), sound, atol=1e-5))
    True
    """

    def __init__(
        self,
        window_length: int = 400,
        sequence_stride: int = 160,
        fft_length: int = 512,
        **kwargs: Any,
    ) -> None:
        # Without autocast, the waveform reaches `call` in float32.
        super().__init__(**{"autocast": False, "dtype": "float32", **kwargs})
        if (
            fft_length % 2
            or not 2 <= window_length <= fft_length
            or not 1 <= sequence_stride <= window_length // 2
        ):
            raise ValueError(
                f"Received window_length={window_length}, sequence_stride="
                f"{sequence_stride} and fft_length={fft_length}. Expected an "
                "even fft_length, a window that is not longer, and a stride of "
                "at most half a window."
            )
        self.window_length = window_length
        self.sequence_stride = sequence_stride
        self.fft_length = fft_length
        # Backends place a short window in a long frame differently.
        spare = fft_length - window_length
        window = window_of("hann", window_length).astype("float32")
        self._window = np.pad(window, (spare // 2, spare - spare // 2))

    def call(self, inputs: Tensor) -> Tensor:
        check_waveforms(inputs)
        around = self.fft_length // 2
        # Backends surround it with its mirror image.
        samples = ops.pad(
            ops.cast(inputs, "float32"), ((0, 0), (around, around))
        )
        parts = ops.stft(
            samples,
            sequence_length=self.fft_length,
            sequence_stride=self.sequence_stride,
            fft_length=self.fft_length,
            window=ops.convert_to_tensor(self._window),
            center=False,
        )
        return ops.stack(parts, axis=-1)

    def waveform(self, spectrogram: Tensor, num_samples: int) -> Tensor:
        """The waveforms of spectrograms.

        Args:
            spectrogram: Real and imaginary parts, `(batch, frames, bins, 2)`.
            num_samples: Length of the waveforms, in samples.

        Returns:
            Waveforms, `(batch, num_samples)`, float32.
        """
        # Not every backend's own inverse is exact where frames end, or where
        # the stride does not divide the window.
        spectrogram = ops.cast(spectrogram, "float32")
        parts = (spectrogram[..., 0], spectrogram[..., 1])
        window = ops.convert_to_tensor(self._window)
        frames = ops.irfft(parts, self.fft_length) * window
        around = self.fft_length // 2
        samples = self._overlapped(frames)[:, around : around + num_samples]
        squares = ops.tile(ops.square(window), (1, frames.shape[1], 1))
        weights = self._overlapped(squares)[:, around : around + num_samples]
        return samples / ops.maximum(weights, _LEAST)

    def _overlapped(self, frames: Tensor) -> Tensor:
        """The sum of frames, each in its place."""
        stride, length = self.sequence_stride, self.fft_length
        count, num_parts = frames.shape[1], -(-length // stride)
        rest = num_parts * stride - length
        frames = ops.pad(frames, ((0, 0), (0, 0), (0, rest)))
        parts = ops.reshape(frames, (-1, count, num_parts, stride))
        blocks = [
            ops.pad(
                parts[:, :, number],
                ((0, 0), (number, num_parts - 1 - number), (0, 0)),
            )
            for number in range(num_parts)
        ]
        whole = (count + num_parts - 1) * stride
        return ops.reshape(sum(blocks[1:], start=blocks[0]), (-1, whole))

    def compute_output_shape(
        self, input_shape: tuple[int | None, ...]
    ) -> tuple[int | None, ...]:
        batch, samples = input_shape
        time = None if samples is None else 1 + samples // self.sequence_stride
        return (batch, time, 1 + self.fft_length // 2, 2)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "window_length": self.window_length,
            "sequence_stride": self.sequence_stride,
            "fft_length": self.fft_length,
        }
