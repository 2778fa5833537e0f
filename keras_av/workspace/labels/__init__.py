"""Labels: names of targets."""

__all__: list[str] = []
