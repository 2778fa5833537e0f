"""Readers of the clips of an epoch."""

__all__: list[str] = []
