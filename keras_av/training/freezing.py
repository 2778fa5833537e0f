"""Freezing of a model's parts between epochs."""

import contextlib
from collections.abc import Iterator

import keras


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


def _restore(flags: list[tuple[keras.layers.Layer, bool]]) -> None:
    for layer, flag in flags:
        layer.trainable = flag
