"""The printed line of an epoch."""

import math
from typing import Any

import keras


class ProgressLine(keras.callbacks.ProgbarLogger):
    """Keras's progress bar without values that were not measured.

    Losses that are off in a phase, and probes that did not run in an epoch,
    are NaN in `history` and log files, which have the same columns in all
    epochs; in the printed line they would look like divergence. A `loss` of
    NaN is still printed.
    """

    def on_train_batch_end(
        self, batch: int, logs: dict[str, Any] | None = None
    ) -> None:
        super().on_train_batch_end(batch, self._shown(logs))

    def on_test_batch_end(
        self, batch: int, logs: dict[str, Any] | None = None
    ) -> None:
        super().on_test_batch_end(batch, self._shown(logs))

    def on_epoch_end(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        super().on_epoch_end(epoch, _measured(logs))

    def _shown(self, logs: dict[str, Any] | None) -> dict[str, Any] | None:
        """Values for the bar; with one line per epoch, none for a batch."""
        return _measured(logs) if self.verbose == 1 else logs


def _measured(logs: dict[str, Any] | None) -> dict[str, Any]:
    return {
        name: value
        for name, value in (logs or {}).items()
        if name == "loss" or not math.isnan(float(value))
    }
