"""Readers of clips."""

__all__: list[str] = []
