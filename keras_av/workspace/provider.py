"""What a target gives to those that depend on it."""

from typing import Any


class Provider:
    """What a target gives to those that depend on it.

    Rules take and give subclasses, and the annotations of a rule say which:
    a label where a `Dataset` is wanted must name a target that gives one. A
    provider is made when the graph is analysed, before anything runs, and
    says what there will be, not what there is.

    Examples:

    >>> import dataclasses
    >>> from keras_av.workspace import Provider
    >>> @dataclasses.dataclass(frozen=True)
    ... class Files(Provider):
    ...     folder: str
    >>> Files("videos").digest(), Files("videos").missing()
    ('', None)
    """

    # The `Call` of a rule by a program that gave it.
    call: Any = None

    def made_by(self, call: Any) -> None:
        """Keep which call of a rule gave it, also where nothing may change."""
        object.__setattr__(self, "call", call)

    def digest(self) -> str:
        """What its content is known by, where attributes do not tell.

        It becomes part of the target's key: another digest, another target.
        """
        return ""

    def missing(self) -> str | None:
        """What must be there before a build and is not; `None` if all is."""
        return None

    def summary(self) -> str:
        """What a reader wants to see of it when it is built; `""`: nothing."""
        return ""
