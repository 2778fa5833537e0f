"""Distillation from frozen teachers."""

__all__: list[str] = []
