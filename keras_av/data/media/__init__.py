"""One media file: opened, decoded and cut into clips."""

__all__: list[str] = []
