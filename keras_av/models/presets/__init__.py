"""Presets: models in a folder, on this machine or on a hub."""

__all__: list[str] = []
