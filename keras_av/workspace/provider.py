"""What a target gives to those that depend on it."""


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

    def digest(self) -> str:
        """What its content is known by, where attributes do not tell.

        It becomes part of the target's key: another digest, another target.
        """
        return ""

    def missing(self) -> str | None:
        """What must be there before a build and is not; `None` if all is."""
        return None
