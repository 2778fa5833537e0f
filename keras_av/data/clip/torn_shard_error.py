"""The exception for prepared sets that are damaged."""


class TornShardError(RuntimeError):
    """Raised if a shard does not hold what was written to it.

    It is no fault of a media file, so no policy skips or masks the clip.

    Args:
        shard: Path of the shard.
        file: Path of the file whose records were looked for.
    """

    def __init__(self, shard: str, file: str) -> None:
        super().__init__(
            f"The shard {shard!r} is torn, or has changed since this set was "
            f"opened: the records of {file!r} are not there. Call prepare "
            "again; it replaces shards that are not what was written."
        )
