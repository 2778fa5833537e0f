"""Encoders of words."""

__all__: list[str] = []
