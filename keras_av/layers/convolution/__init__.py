"""Layers of convolutional networks: convolutions and normalization."""

__all__: list[str] = []
