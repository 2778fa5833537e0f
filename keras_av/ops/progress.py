"""How far something long has come."""

import sys
import time
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any, Self, TypeVar

Thing = TypeVar("Thing")

# Seconds before the first line, since most things are quick, and between two.
_PATIENCE = 2.0
_ON_TERMINAL, _IN_FILE = 0.2, 60.0
_ERASE = "\r\x1b[K"


class Progress:
    """Tells how far something long has come, and how long it will take.

    On a terminal it is one line, which is gone in the end; in a log file it is
    a plain line every minute. What takes less than two seconds tells nothing.
    Lines go to the standard error stream.

    Args:
        title: What is done, such as `"scan"`.
        total: Number of units, or None if it is not known.
        unit: Name of the units, such as `"files"`.
        verbose: Whether to tell anything. Defaults to True.

    Examples:

    >>> from keras_av.ops import Progress
    >>> with Progress("scan", 448, "files") as progress:
    ...     progress.add(120)
    ...     progress.line(seconds=12.0)
    'scan: 120 of 448 files, 0:33 left'
    """

    def __init__(
        self, title: str, total: int | None, unit: str, verbose: bool = True
    ) -> None:
        self._title, self._total, self._unit = title, total, unit
        self._verbose = verbose
        self._count = 0
        self._begin = time.monotonic()
        self._next = self._begin + _PATIENCE
        self._shown = False

    def add(self, count: int = 1) -> None:
        """Tell that more units are done.

        Args:
            count: Their number. Defaults to 1.
        """
        self._count += count
        now = time.monotonic()
        if not self._verbose or now < self._next:
            return
        line = self.line(now - self._begin)
        on_terminal = sys.stderr.isatty()
        self._next = now + (_ON_TERMINAL if on_terminal else _IN_FILE)
        self._shown = on_terminal
        text = f"{_ERASE}{line}" if on_terminal else f"{line}\n"
        sys.stderr.write(text)
        sys.stderr.flush()

    def over(self, things: Iterable[Thing]) -> Iterator[Thing]:
        """Yield things, of which each is a unit, and end with the last one.

        Args:
            things: Things, such as the batches of a dataset.
        """
        with self:
            for thing in things:
                yield thing
                self.add()

    def line(self, seconds: float) -> str:
        """The line after so many seconds.

        Args:
            seconds: Seconds since the beginning.
        """
        if self._total is None:
            return f"{self._title}: {self._count} {self._unit}"
        done = min(self._count, self._total)
        left = seconds * (self._total - done) / max(done, 1)
        minutes, rest = divmod(round(left), 60)
        hours, minutes = divmod(minutes, 60)
        span = f"{hours}:{minutes:02d}" if hours else f"{minutes}"
        return (
            f"{self._title}: {done} of {self._total} {self._unit}, "
            f"{span}:{rest:02d} left"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._shown:
            sys.stderr.write(_ERASE)
            sys.stderr.flush()


def known_length(things: Any) -> int | None:
    """The number of things, or None if they do not know it.

    Args:
        things: Anything, such as a dataset.

    Examples:

    >>> from keras_av.ops.progress import known_length
    >>> known_length([4, 7]), known_length(iter([4, 7]))
    (2, None)
    """
    try:
        return len(things)
    except TypeError:
        return None
