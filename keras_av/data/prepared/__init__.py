"""Files decoded once and stored as shards."""

__all__: list[str] = []
