"""BUILD files, read by a Starlark interpreter."""

__all__: list[str] = []
