"""Rooms whose names are loaded when they are first used."""

import importlib
import sys
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any


class _Room(ModuleType):
    """A package that knows which module each of its names is in."""

    _place_of: Mapping[str, str]

    def __getattr__(self, name: str) -> Any:
        if name not in self._place_of:
            raise AttributeError(
                f"module {self.__name__!r} has no attribute {name!r}"
            )
        value = getattr(importlib.import_module(self._place_of[name]), name)
        setattr(self, name, value)
        return value

    def __setattr__(self, name: str, value: Any) -> None:
        # Python gives a package each module that is imported from it, which
        # must not hide the function of the same name.
        if isinstance(value, ModuleType) and name in self._place_of:
            return
        super().__setattr__(name, value)


def load_on_demand(room: str, places: Mapping[str, Sequence[str]]) -> None:
    """Load what a package exports from its modules, each on first use.

    The command reads BUILD files by a few modules of rooms that otherwise
    import Keras. A type checker sees the imports under `TYPE_CHECKING`, or
    those of a stub.

    Args:
        room: Name of the package, the `__name__` of its `__init__.py`.
        places: Names by the module that they are in.

    Examples:

    >>> from keras_av import data
    >>> data.ClipSpec
    <class 'keras_av.data.clip.clip_spec.ClipSpec'>
    """
    module = sys.modules[room]
    module._place_of = {  # type: ignore[attr-defined]
        name: place for place, names in places.items() for name in names
    }
    module.__class__ = _Room
