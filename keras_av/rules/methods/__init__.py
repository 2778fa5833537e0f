"""Rules of the learning methods."""

__all__: list[str] = []
