"""The command `keras_av`."""

__all__: list[str] = []
