"""Skimming: selecting the clips of a long video."""

__all__: list[str] = []
