"""Optimizers with coupled weight decay and learning rates of parts."""

__all__: list[str] = []
