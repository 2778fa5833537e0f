"""Padding of waveforms to whole windows."""

from typing import Any

import keras
from keras import ops

from keras_av.ops.types import Tensor


@keras.saving.register_keras_serializable(package="keras_av")
class WholeWindows(keras.layers.Layer):
    """Pads waveforms with silence so that windows cover every sample.

    A waveform of `n` samples becomes one of `L + k S` samples, with `L` the
    length of a window, `S` the step from one to the next, and `k` the least
    number of steps with `L + k S >= n`.

    Args:
        window_length: Length of a window, in samples.
        sequence_stride: Step from window to window, in samples.
        **kwargs: `name`, `dtype` and others of `keras.layers.Layer`.

    Call arguments:
        inputs: Waveforms, `(batch, samples)`.

    Output shape:
        `(batch, window_length + k * sequence_stride)`, float32.

    Raises:
        ValueError: If an argument is not positive, or inputs are not of rank 2.

    Examples:

    >>> import numpy as np
    >>> from keras_av.layers import WholeWindows
    >>> layer = WholeWindows(window_length=4, sequence_stride=2)
    >>> [tuple(layer(np.ones((1, n))).shape) for n in (1, 4, 5, 7)]
    [(1, 4), (1, 4), (1, 6), (1, 8)]
    """

    def __init__(
        self, window_length: int, sequence_stride: int, **kwargs: Any
    ) -> None:
        # Sound stays in float32, as for the spectrogram that follows.
        super().__init__(**{"dtype": "float32", **kwargs})
        if window_length < 1 or sequence_stride < 1:
            raise ValueError(
                f"Received window_length={window_length} and "
                f"sequence_stride={sequence_stride}. Expected positive numbers."
            )
        self.window_length = window_length
        self.sequence_stride = sequence_stride

    def call(self, inputs: Tensor) -> Tensor:
        if len(inputs.shape) != 2:
            raise ValueError(
                f"Received waveforms of shape {tuple(inputs.shape)}. Expected "
                "(batch, samples)."
            )
        count = ops.shape(inputs)[1]
        samples = ops.cast(inputs, "float32")
        return ops.pad(samples, ((0, 0), (0, self._length(count) - count)))

    def _length(self, count: Any) -> Any:
        """Length of whole windows for a number of samples.

        The number may be a tensor, in a graph of TensorFlow.
        """
        whole = max if isinstance(count, int) else ops.maximum
        beyond = whole(count - self.window_length, 0)
        # Of numbers that are not negative, so that runtimes which round
        # towards zero give the same.
        steps = (beyond + self.sequence_stride - 1) // self.sequence_stride
        return self.window_length + steps * self.sequence_stride

    def compute_output_shape(
        self, input_shape: tuple[int | None, ...]
    ) -> tuple[int | None, ...]:
        batch, count = input_shape
        return (batch, None if count is None else self._length(count))

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "window_length": self.window_length,
            "sequence_stride": self.sequence_stride,
        }
