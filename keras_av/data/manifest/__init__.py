"""Manifests of folders and public data sets."""

__all__: list[str] = []
