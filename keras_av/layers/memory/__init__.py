"""Memory banks, and the normaliser of their scores."""

__all__: list[str] = []
