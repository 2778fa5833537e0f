"""Errors that are told together."""

import contextlib
from collections.abc import Iterator

from keras_av.workspace.labels.config_error import ConfigError


class Mistakes:
    """Collects errors of BUILD files, each once, and raises them together.

    Examples:

    >>> from keras_av.workspace import ConfigError
    >>> from keras_av.workspace.labels.mistakes import Mistakes
    >>> mistakes = Mistakes()
    >>> for number in (1, 2, 1):
    ...     with mistakes.kept():
    ...         raise ConfigError(f"BUILD:{number}: a mistake")
    >>> try:
    ...     mistakes.check()
    ... except ConfigError as error:
    ...     print(error)
    BUILD:1: a mistake
    BUILD:2: a mistake
    """

    def __init__(self) -> None:
        self._messages: dict[str, None] = {}

    @contextlib.contextmanager
    def kept(self) -> Iterator[None]:
        """Keep an error that is raised within, and go on after it."""
        try:
            yield
        except ConfigError as error:
            self._messages.update(dict.fromkeys(error.args))

    def check(self) -> None:
        """Raise all errors, if there are any.

        Raises:
            ConfigError: With all messages.
        """
        if self._messages:
            raise ConfigError(*self._messages)
