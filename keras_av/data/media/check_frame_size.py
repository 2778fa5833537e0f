"""A look at the size of frames before memory is taken for one."""

import itertools
from typing import Any

import av

from keras_av.data.clip.media_error import MediaError
from keras_av.data.media.frame_limits import check_pixels, decoder_limits

_MOST_PACKETS = 100


def check_frame_size(path: str) -> None:
    """Refuse a file whose frames are larger than any real ones.

    `av.open` decodes frames to see what is in a file, and has no limit then: a
    picture of 16,000 x 16,000 pixels, 1 MB as a file, takes 1.5 GB. Here no
    decoder may be used, and what the headers say is found in a millisecond.
    Where they do not say it, as in pictures, frames are decoded under limits
    until there is one. Frames larger than their header says are not found.

    Args:
        path: Path of the file.

    Raises:
        MediaError: If frames have more than 36 million pixels.
    """
    with av.open(
        path,
        metadata_errors="ignore",
        container_options={"codec_whitelist": "none"},
    ) as container:
        for video in container.streams.video:
            if video.codec_context is None:
                continue
            check_pixels(video.width, video.height)
            if not video.width:
                _check_first_frame(container, video)


def _check_first_frame(container: Any, video: Any) -> None:
    """Decode under the limits until there is a frame."""
    video.codec_context.thread_type = "NONE"
    video.codec_context.options = decoder_limits()
    for packet in itertools.islice(container.demux(video), _MOST_PACKETS):
        try:
            if packet.decode():
                return
        except (av.ArgumentError, MemoryError) as error:
            # What FFmpeg says of more pixels than allowed. Damage is invalid
            # data, which may be over soon.
            raise MediaError(
                "absurd", "its frames claim to be of more than 36 megapixels"
            ) from error
        except av.FFmpegError:
            continue
