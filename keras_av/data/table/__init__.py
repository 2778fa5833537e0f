"""The table of files."""

__all__: list[str] = []
