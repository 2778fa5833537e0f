"""BUILD files, read by a Starlark interpreter."""
