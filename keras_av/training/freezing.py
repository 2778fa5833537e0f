"""Freezing of a model's parts between epochs."""

import contextlib
from collections.abc import Iterator

import keras


class Freezing:
    """Freezes and thaws parts of a model between epochs.

    A frozen part has `trainable = False`, which also puts its
    BatchNormalization layers into inference mode. Thawing gives every layer
    inside back the flag it had, so that what its owner froze for good stays
    frozen.

    Args:
        model: The model whose attributes are frozen by name.
    """

    def __init__(self, model: keras.Model):
        self._model = model
        self._frozen: dict[str, list[tuple[keras.layers.Layer, bool]]] = {}
        self.optimized: list[keras.Variable] = []

    def set(self, name: str, trainable: bool) -> bool:
        """Freeze or thaw one part; returns whether that changed anything."""
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
        """Lift all freezing inside the context."""
        names = list(self._frozen)
        for name in names:
            self.set(name, True)
        try:
            yield
        finally:
            for name in names:
                self.set(name, False)

    def build_optimizer(self) -> None:
        """Build the optimizer over all that any phase may train.

        Its slots then outlive the phases: those of a frozen part stay as they
        are.
        """
        if self.optimized:
            return
        with self.thawed():
            self.optimized = list(self._model.trainable_variables)
        if not self._model.optimizer.built:
            self._model.optimizer.build(self.optimized)

    def trained(self) -> list[keras.Variable]:
        """Variables that a step trains now, in the optimizer's order."""
        return [v for v in self.optimized if v.trainable]


def _restore(flags: list[tuple[keras.layers.Layer, bool]]) -> None:
    for layer, flag in flags:
        layer.trainable = flag
