"""Heads on encoders: projection, fusion and regression."""

__all__: list[str] = []
