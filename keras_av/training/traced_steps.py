"""Steps of the phases of a model, each traced once."""

from collections.abc import Hashable
from typing import Any

import keras

_NAMES = ("train_function", "test_function", "predict_function")


class TracedSteps:
    """Keeps the functions that Keras makes of a model's steps, by phase.

    Which parts and losses a step uses is fixed when it is traced, which takes
    seconds. A phase like an earlier one takes the functions of that one.

    Args:
        model: A `StepModel`.
    """

    def __init__(self, model: keras.Model):
        self._model = model
        self._kept: dict[Hashable, tuple[Any, ...]] = {}
        self._made_for: Hashable = None

    def clear(self) -> None:
        """Forget all functions, as when the model is compiled."""
        self._kept = {}

    def note(self) -> None:
        """Remember what the functions that are now made are for."""
        self._made_for = self.key()

    def key(self) -> Hashable:
        """All that is fixed when a step is traced."""
        model: Any = self._model
        return (
            model.active_losses,
            model.followed,
            tuple(sorted(model.loss_weights.items())),
            tuple(getattr(model, name).trainable for name in model.parts),
            tuple(weight.path for weight in model.trainable_variables),
        )

    def switch(self) -> None:
        """Take the functions for what the model now trains."""
        model = self._model
        if model.train_function is not None:
            made = tuple(getattr(model, name) for name in _NAMES)
            self._kept[self._made_for] = made
        key = self.key()
        if key in self._kept:
            self._made_for = key
            for name, function in zip(_NAMES, self._kept[key]):
                setattr(model, name, function)
            return
        model.test_function = model.predict_function = None
        if model.train_function is not None:
            model.make_train_function(force=True)
