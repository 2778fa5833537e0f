"""Memory banks and their partition function."""

__all__: list[str] = []
