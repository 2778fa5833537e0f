"""Public data sets on disk, one file each."""

__all__: list[str] = []
