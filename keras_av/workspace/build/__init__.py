"""The engine that makes results, for BUILD files and programs alike."""

__all__: list[str] = []
