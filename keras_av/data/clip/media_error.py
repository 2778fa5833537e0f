"""The one exception of reading media, with a fixed set of reasons."""

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
    """A file that cannot give the clip asked of it.

    The reason is one of a fixed set, so that a report can count it:

    - `missing`: no such file, or it may not be opened.
    - `empty`: no bytes, or no samples.
    - `unreadable`: not a media file, or its index is gone.
    - `no_video`, `no_audio`: the track that the clip needs is not there.
    - `too_short`: it plays for less time than the clip.
    - `truncated`: the end that its header promises is not there.
    - `corrupt`: it opens, but what the clip needs does not decode.
    - `not_finite`: samples that are NaN or infinite.
    - `absurd`: a frame size, frame rate or duration no real file has.
    - `silent`: a sound track without a sound in the clip.

    Args:
        reason: One of the words above.
        message: What was found, for a person to read.

    Raises:
        ValueError: If the reason is none of them.

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
