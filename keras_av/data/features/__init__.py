"""Sequences of the descriptors of long videos."""

__all__: list[str] = []
