"""Stopping of a run whose loss is not finite."""

from collections.abc import Iterable
from typing import Any

import keras
import numpy as np


class StopOnNaN(keras.callbacks.Callback):
    """Raises an error that names the clips when the loss is not finite.

    `keras.callbacks.TerminateOnNaN` ends training normally, so weights of NaN
    are saved. This callback raises an error instead, so a backup of the last
    epoch is kept.

    Args:
        clips: Training clips, such as from `keras_av.data.clips`. They are
            read again up to the failing batch to find the `index` of its
            clips.

    Raises:
        FloatingPointError: During training, with the epoch, the batch and the
            `index` of its clips.

    Examples:

    >>> from keras_av.callbacks import StopOnNaN
    >>> callback = StopOnNaN(clips=[])
    """

    def __init__(self, clips: Iterable[dict[str, Any]]):
        super().__init__()
        self.clips = clips
        self._epoch = 0

    def on_epoch_begin(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        self._epoch = epoch

    def on_train_batch_end(
        self, batch: int, logs: dict[str, Any] | None = None
    ) -> None:
        loss = float((logs or {}).get("loss", 0.0))
        if np.isfinite(loss):
            return
        raise FloatingPointError(
            f"The loss is {loss} in epoch {self._epoch}, batch {batch}, whose "
            f"clips have the index {self._index(batch)}. A smaller learning "
            "rate, gradient clipping (global_clipnorm of the optimizer) or "
            "mixed_bfloat16 instead of mixed_float16 often helps; inspect "
            "these clips if they are always the same."
        )

    def _index(self, batch: int) -> list[int]:
        set_epoch = getattr(self.clips, "set_epoch", None)
        if set_epoch is not None:
            set_epoch(self._epoch)
        for number, fields in enumerate(self.clips):
            if number == batch:
                return np.asarray(fields["index"]).tolist()
        return []
