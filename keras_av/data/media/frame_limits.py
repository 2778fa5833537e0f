"""Limits of what a frame may take of memory."""

from keras_av.data.clip.media_error import MediaError

# 8K, 8192x4320. A decoder may keep 17 frames, 1 GB of such.
_MAX_PIXELS = 36_000_000
# Of a packet, in each channel; packets of real files hold a second at most.
_MAX_SAMPLES = 4_000_000


def check_pixels(width: int, height: int) -> None:
    """Refuse frames that are larger than any real ones.

    Raises:
        MediaError: If they have more than 36 million pixels.
    """
    if width * height > _MAX_PIXELS:
        size = f"{width}x{height}"
        raise MediaError("absurd", f"its frames claim to be {size}")


def decoder_limits() -> dict[str, str]:
    """Options with which FFmpeg refuses to take memory for more than this.

    The size of frames may change on the way, whatever a header says. These are
    no options of `av.open`: PyAV crashes where streams are found later.
    """
    return {"max_pixels": str(_MAX_PIXELS), "max_samples": str(_MAX_SAMPLES)}
