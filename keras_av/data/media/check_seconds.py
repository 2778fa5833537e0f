"""Plausibility of how long a file claims to play."""

from keras_av.data.clip.media_error import MediaError

_MAX_SECONDS = 7 * 24 * 3600.0
# Silence and still pictures take several times as many.
_MIN_BYTES_A_SECOND = 8
# A file of any size may be this long.
_ANY_SIZE_SECONDS = 600.0


def check_seconds(seconds: float, num_bytes: int) -> None:
    """Refuse a length that no real file of this size has.

    One wrong time in a small file is enough to claim days, which would be
    filled with silence and copies of the last frame.

    Args:
        seconds: How long the file claims to play.
        num_bytes: Its size.

    Raises:
        MediaError: If it is longer than a week, or has less than 8 bytes for
            each second and is longer than 10 minutes.

    Examples:

    >>> from keras_av.data.media.check_seconds import check_seconds
    >>> check_seconds(500_000.0, num_bytes=25_000)
    Traceback (most recent call last):
    keras_av.data.clip.media_error.MediaError: absurd: it claims to play ...
    """
    longest = max(num_bytes / _MIN_BYTES_A_SECOND, _ANY_SIZE_SECONDS)
    if seconds > min(longest, _MAX_SECONDS):
        raise MediaError(
            "absurd", f"it claims to play {seconds:.0f} s in {num_bytes} bytes"
        )
