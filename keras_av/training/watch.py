"""A watch over the clips that a run is trained on."""

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from keras_av.ops.types import Tensor
from keras_av.training.clip_weights import clip_weights
from keras_av.training.needs import (
    Needs,
    nothing_heard,
    nothing_labelled,
    nothing_said,
    nothing_weighs,
)

_COUNTS = ("clips", "labelled", "heard", "said", "taught", "label", "index")


class Tally(keras.metrics.Metric):
    """Counts the clips of an epoch, and those that do not fit.

    It is counted inside the step, where no error can be raised, and is not
    logged.
    """

    def __init__(self) -> None:
        super().__init__(name="tally")
        shape = (len(_COUNTS),)
        self.counts = self.add_variable(shape, "zeros", name="counts")

    def update_state(self, batch: Mapping[str, Tensor], needs: Needs) -> None:
        """Count a batch."""
        alike = {k: v for k, v in batch.items() if k != "sample_weight"}
        labelled = clip_weights(alike, labelled=needs.label)
        heard = clip_weights(alike, with_audio=needs.sound)
        said = clip_weights(alike, with_text=needs.text)
        taught = clip_weights(batch, needs.label, needs.sound, needs.text)
        every = ops.ones_like(taught)
        wrong = [ops.zeros_like(every), ops.zeros_like(every)]
        if needs.num_classes is not None and "label" in batch:
            wrong[0] = taught * ops.cast(
                batch["label"] >= needs.num_classes, "float32"
            )
        if needs.num_rows is not None:
            outside = out_of_range(batch["index"], needs.num_rows)
            wrong[1] = ops.cast(outside, "float32")
        columns = [every, labelled, heard, said, taught, *wrong]
        counts = [ops.sum(ops.cast(one > 0, "float32")) for one in columns]
        self.counts.assign(self.counts + ops.stack(counts))

    def result(self) -> dict[str, Tensor]:
        return {}

    def reset_state(self) -> None:
        """Nothing: Keras calls it before validation, too."""

    def begin(self) -> None:
        """Count from 0."""
        self.counts.assign(ops.zeros((len(_COUNTS),)))


def out_of_range(index: Tensor, size: int) -> Tensor:
    """Whether integers are outside of `[0, size)`."""
    return ops.logical_or(index < 0, index >= size)


class Watch(keras.callbacks.Callback):
    """Raises an error if clips do not fit, or none of them teaches anything.

    After batches 1, 2, 4, 8 and so on of an epoch it looks for labels and
    indices out of range, which have made the loss NaN, and at its end also for
    an epoch whose clips all had weight 0. To look after each batch would have
    accelerators wait for it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.tally = Tally()
        self._epoch = 0
        self._next, self._ended = 0, True

    def on_epoch_begin(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        self._epoch, self._next, self._ended = epoch, 0, False
        self.tally.begin()

    def on_train_batch_end(
        self, batch: int, logs: dict[str, Any] | None = None
    ) -> None:
        if batch < self._next:
            return
        self._next = 2 * batch + 1
        self._check_ranges(self._counts())

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._end()

    def on_epoch_end(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        self._end()

    def _end(self) -> None:
        """Check the epoch, before callbacks log and save it."""
        if self._ended:
            return
        self._ended = True
        counts = self._counts()
        self._check_ranges(counts)
        name, clips = type(self.model).__name__, counts["clips"]
        if not clips or counts["taught"]:
            return
        needs = self.model.needs
        if needs.label and not counts["labelled"]:
            raise ValueError(nothing_labelled(name, clips))
        if needs.sound and not counts["heard"]:
            raise ValueError(nothing_heard(name, clips))
        if needs.text and not counts["said"]:
            raise ValueError(nothing_said(name, clips))
        raise ValueError(nothing_weighs(name, clips))

    def _counts(self) -> dict[str, int]:
        # On JAX the state of an epoch is elsewhere until `model` is read.
        if self.model is None:
            return dict.fromkeys(_COUNTS, 0)
        values = ops.convert_to_numpy(self.tally.counts)
        return {name: int(value) for name, value in zip(_COUNTS, values)}

    def _check_ranges(self, counts: dict[str, int]) -> None:
        needs, name = self.model.needs, type(self.model).__name__
        for key, argument, size in (
            ("label", "num_classes", needs.num_classes),
            ("index", "num_rows", needs.num_rows),
        ):
            if counts[key]:
                raise ValueError(
                    f"{name} has {argument}={size}, but {counts[key]} clips of "
                    f"epoch {self._epoch} have a number `{key}` that is out of "
                    "range, which makes the loss NaN. Expected numbers from 0 "
                    f"to {(size or 0) - 1}: raise {argument}, or leave these "
                    "clips out."
                )
