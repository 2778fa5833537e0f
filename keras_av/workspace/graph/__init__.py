"""The graph of targets."""

__all__: list[str] = []
