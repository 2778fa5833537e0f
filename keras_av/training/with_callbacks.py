"""Callbacks that `fit` adds to those it is given."""

from collections.abc import Sequence
from typing import Any

import keras


def with_callbacks(
    model: keras.Model,
    given: Any,
    first: Sequence[keras.callbacks.Callback] = (),
    last: Sequence[keras.callbacks.Callback] = (),
) -> Any:
    """Callbacks of `fit`, with others added before and after them.

    Args:
        model: Model that is trained.
        given: Callbacks as in `fit`. A `CallbackList` is not changed.
        first: Callbacks that come before all others. Defaults to none.
        last: Callbacks that come after them, except for a `CallbackList`, which
            has its own progress bar. Defaults to none.
    """
    if isinstance(given, keras.callbacks.CallbackList):
        # Keras takes it as it is. Backup, which is in it, must find that the
        # clips have been told their epoch.
        return keras.callbacks.CallbackList(
            [*first, *given.callbacks], model=model, **given.params
        )
    if isinstance(given, keras.callbacks.Callback):
        given = [given]
    return [*first, *(given or ()), *last]
