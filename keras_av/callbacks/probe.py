"""Base class of probes."""

from collections.abc import Sequence
from typing import Any

import keras

from keras_av.callbacks.encodings import encodings, forget
from keras_av.evaluation.encode_clips import Batches
from keras_av.ops.types import Array


class Probe(keras.callbacks.Callback):
    """Measures the model periodically and adds the results to the logs.

    TensorBoard, CSVLogger and ModelCheckpoint see the logs of a probe if they
    come after it in the list of callbacks. After an epoch without a
    measurement the values are NaN, so that the columns of a log stay the same.
    Probes that are given the same `clips` object and measure after the same
    epoch encode the clips only once.

    Args:
        frequency: Number of epochs between measurements.
    """

    def __init__(self, frequency: int = 1):
        super().__init__()
        if frequency < 1:
            raise ValueError(
                f"frequency must be at least 1. Received: {frequency}"
            )
        self.frequency = frequency

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the values that `measure` returns."""
        raise NotImplementedError(f"{type(self).__name__} must define names.")

    def measure(self) -> dict[str, float]:
        """Measure `self.model` and return the values by name."""
        raise NotImplementedError(f"{type(self).__name__} must define measure.")

    def encode(
        self, clips: Batches, modalities: Sequence[str]
    ) -> dict[str | None, Array]:
        """Encode clips, as `encodings` does; `fit` may want no progress.

        Args:
            clips: Batches in the same order on every pass.
            modalities: Names among `"video"` and `"audio"`.
        """
        verbose = bool((self.params or {}).get("verbose", True))
        return encodings(self.model, clips, modalities, verbose)

    def on_epoch_begin(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        forget(self.model)

    def on_epoch_end(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        if logs is None:
            return
        if (epoch + 1) % self.frequency:
            logs.update(dict.fromkeys(self.names, float("nan")))
        else:
            logs.update(self.measure())
