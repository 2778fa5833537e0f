"""What a target gives to those that depend on it."""

from collections.abc import Callable


class Provider:
    """What a target gives to those that depend on it.

    Rules take and give subclasses, and the annotations of a rule say which:
    a label where a `Dataset` is wanted must name a target that gives one. A
    provider is made when the graph is analysed, before anything runs, and
    describes what there will be.

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
        """What it may be taken for: names of its classes, its own first."""
        return kinds_of(type(self))

    @property
    def key(self) -> str | None:
        """Key of what it was made from; `None` if it was made by hand."""
        return None if self._key is None else self._key()

    def keep_key(self, key: Callable[[], str | None]) -> None:
        """Keep how its key is found, in frozen classes as well."""
        object.__setattr__(self, "_key", key)

    def digest(self) -> str:
        """Digest of content that the attributes do not determine.

        It is part of the key: another digest, another target.
        """
        return ""

    def missing(self) -> str | None:
        """What must exist before a build and does not; `None` if all does."""
        return None

    def summary(self) -> str:
        """Text to show when it is built; empty for nothing."""
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
