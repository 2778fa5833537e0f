"""The exception for media files, with a fixed set of reasons."""

REASONS = (
    "missing",
    "empty",
    "unreadable",
    "no_video",
    "no_audio",
    "too_short",
    "truncated",
    "corrupt",
    "not_finite",
    "absurd",
    "silent",
)


class MediaError(Exception):
    """Raised if a clip cannot be read from a file.

    The reason is one of a fixed set, so that reports can count it:

    - `missing`: there is no such file, or no permission to open it.
    - `empty`: the file has no bytes, or no samples.
    - `unreadable`: not a media file, or its index is missing.
    - `no_video`, `no_audio`: a track that the clip needs is missing.
    - `too_short`: the file is shorter than the clip.
    - `truncated`: the file ends before its header says.
    - `corrupt`: the file opens, but parts of it do not decode or are cut off.
    - `not_finite`: samples are NaN or infinite.
    - `absurd`: frames of more than 36 million pixels, above 1,000 of them a
      second, or a duration or metadata that a file of its size cannot have.
    - `silent`: the audio track is silent in the clip.

    Args:
        reason: One of the reasons above.
        message: Description of the fault.

    Raises:
        ValueError: If the reason is unknown.

    Examples:

    >>> from keras_av.data import MediaError
    >>> error = MediaError("truncated", "frames end at 1.2 s of 3.0 s")
    >>> error.reason, error.message
    ('truncated', 'frames end at 1.2 s of 3.0 s')
    >>> str(error)
    'truncated: frames end at 1.2 s of 3.0 s'
    """

    def __init__(self, reason: str, message: str) -> None:
        if reason not in REASONS:
            raise ValueError(
                f"reason must be one of {REASONS}. Received: {reason!r}"
            )
        super().__init__(f"{reason}: {message}")
        self.reason = reason
        self.message = message
