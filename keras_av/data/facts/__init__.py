"""What each file holds, without decoding it."""

__all__: list[str] = []
