"""Layers over sequences of features: attention and a recurrent cell."""

__all__: list[str] = []
