"""The page of a run: one file of HTML."""

__all__: list[str] = []
