"""Layers for sequences of features: attention and a recurrent cell."""

__all__: list[str] = []
