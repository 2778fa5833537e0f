"""Callbacks that `fit` adds to those it is given."""

from collections.abc import Sequence
from typing import Any

import keras


def with_callbacks(
    given: Any,
    first: Sequence[keras.callbacks.Callback] = (),
    last: Sequence[keras.callbacks.Callback] = (),
) -> Any:
    """Callbacks of `fit`, with others added before and after them."""
    if isinstance(given, keras.callbacks.CallbackList):
        # A CallbackList has its own progress bar.
        for callback in first:
            given.append(callback)
        return given
    if isinstance(given, keras.callbacks.Callback):
        given = [given]
    return [*first, *(given or ()), *last]
