"""Attributes of rules."""

__all__: list[str] = []
