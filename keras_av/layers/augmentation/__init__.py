"""Augmentations: random crops, gains, noise and mixtures."""

__all__: list[str] = []
