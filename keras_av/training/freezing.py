"""Freezing of a model's parts between epochs, and the steps for it."""

import contextlib
from collections.abc import Hashable, Iterator
from typing import Any

import keras

_NAMES = ("train_function", "test_function", "predict_function")


class Freezing:
    """Freezes and unfreezes parts of a model between epochs.

    A frozen part has `trainable = False`, which also puts its
    BatchNormalization layers into inference mode. Unfreezing restores the flag
    of every layer inside, so layers that were frozen by the user stay frozen.

    Args:
        model: Model whose parts are frozen by attribute name.
    """

    def __init__(self, model: keras.Model):
        self._model = model
        self._frozen: dict[str, list[tuple[keras.layers.Layer, bool]]] = {}
        self.optimized: list[keras.Variable] = []

    def set(self, name: str, trainable: bool) -> bool:
        """Freeze or unfreeze one part; return whether anything changed."""
        if trainable == (name not in self._frozen):
            return False
        part = getattr(self._model, name, None)
        if not isinstance(part, keras.layers.Layer):
            raise ValueError(
                f"{type(self._model).__name__} has no layer or model "
                f"{name!r} to freeze or train."
            )
        if trainable:
            _restore(self._frozen.pop(name))
        else:
            # Parents come before their children, which `_restore` relies on.
            flags = [(x, x.trainable) for x in part._flatten_layers()]
            self._frozen[name] = flags
            part.trainable = False
        return True

    @contextlib.contextmanager
    def thawed(self) -> Iterator[None]:
        """Unfreeze everything inside the context."""
        names = list(self._frozen)
        for name in names:
            self.set(name, True)
        try:
            yield
        finally:
            for name in names:
                self.set(name, False)

    def build_optimizer(self) -> None:
        """Build the optimizer over all variables that any phase may train.

        Its slots then persist across phases: those of a frozen part do not
        change.
        """
        if self.optimized:
            return
        with self.thawed():
            self.optimized = list(self._model.trainable_variables)
        if not self._model.optimizer.built:
            self._model.optimizer.build(self.optimized)

    def trained(self) -> list[keras.Variable]:
        """Variables trained in the current phase, in the optimizer's order."""
        return [v for v in self.optimized if v.trainable]


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
            tuple(layer.trainable for layer in model._flatten_layers()),
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


def _restore(flags: list[tuple[keras.layers.Layer, bool]]) -> None:
    for layer, flag in flags:
        layer.trainable = flag
