"""Reading of BUILD files with a Starlark interpreter."""

__all__: list[str] = []
