"""Contrastive methods with two towers."""

__all__: list[str] = []
