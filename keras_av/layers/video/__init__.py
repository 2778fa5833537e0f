"""Layers of video networks: convolutions and normalization."""

__all__: list[str] = []
