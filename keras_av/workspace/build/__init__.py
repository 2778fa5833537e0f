"""The engine that builds results, for BUILD files and calls in Python."""

__all__: list[str] = []
