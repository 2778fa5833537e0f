"""Base of probes: when they measure, and how they log it."""

from typing import Any

import keras

from keras_av.callbacks.encodings import forget


class Probe(keras.callbacks.Callback):
    """Measures the model after some epochs and adds the result to the logs.

    TensorBoard, CSVLogger and ModelCheckpoint see what a probe logs if they
    stand behind it in the list of callbacks. After an epoch without a
    measurement the values are NaN, so that the columns of a log stay the
    same. Probes that measure at the same moment encode clips that they share,
    one object given to all of them, once.

    Args:
        frequency: Measure after every so many epochs.
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
        """Measure `self.model`; the values by name."""
        raise NotImplementedError(f"{type(self).__name__} must define measure.")

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
