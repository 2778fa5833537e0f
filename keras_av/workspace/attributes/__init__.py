"""Attributes: what rules take."""

__all__: list[str] = []
