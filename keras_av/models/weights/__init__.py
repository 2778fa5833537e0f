"""Published weights of other frameworks."""

__all__: list[str] = []
