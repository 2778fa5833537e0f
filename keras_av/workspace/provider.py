"""Base class of the results of targets."""

import os
import pathlib
from collections.abc import Callable

# Digest of files that are not there.
MISSING = "missing"


class Provider:
    """The result of a target, as seen by targets that depend on it.

    Rules take and return subclasses, as their annotations show: the label of
    an attribute annotated with `Dataset` must name a target that provides one.
    A provider is made when the graph is analysed, before anything runs, and
    describes the future result.

    Examples:

    >>> import dataclasses
    >>> from keras_av.workspace import Provider
    >>> @dataclasses.dataclass(frozen=True)
    ... class Files(Provider):
    ...     folder: str
    >>> files = Files("videos")
    >>> files.kinds, files.digest(), files.missing()
    (('Files',), '', None)
    """

    _key: Callable[[], str | None] | None = None

    @property
    def kinds(self) -> tuple[str, ...]:
        """Names of its class and base classes, its own first."""
        return kinds_of(type(self))

    @property
    def key(self) -> str | None:
        """Key of the target; `None` if no rule has made the provider."""
        return None if self._key is None else self._key()

    def keep_key(self, key: Callable[[], str | None]) -> None:
        """Store the function that computes its key, also if frozen."""
        object.__setattr__(self, "_key", key)

    def digest(self) -> str:
        """Digest of content that the attributes do not determine.

        It is part of the key of the target.
        """
        return ""

    def missing(self) -> str | None:
        """Message about files missing for a build; `None` if there are none."""
        return None

    def summary(self) -> str:
        """Text to print after a build; may be empty."""
        return ""


def kinds_of(provider: type[Provider]) -> tuple[str, ...]:
    """Names of a class and its bases below `Provider`.

    Args:
        provider: Subclass of `Provider`.
    """
    return tuple(
        base.__name__
        for base in provider.__mro__
        if issubclass(base, Provider) and base is not Provider
    )


def missing_path(path: str | os.PathLike[str]) -> str | None:
    """Message about a file or folder that is not there; `None` if it is.

    Args:
        path: Path of it.
    """
    path = pathlib.Path(path)
    if path.exists():
        return None
    return (
        f"there is no {str(path)!r}. Put the files there, or give their path "
        "with --define or --set."
    )
