"""A look at the chunks of a RIFF file before memory is taken for one."""

import os
import struct

from keras_av.data.clip.media_error import MediaError

# What a chunk that is cut off may lack: metadata and indices are smaller.
_MOST_LACKING = 1 << 24
_MOST_CHUNKS = 1000
# What FFmpeg reads in one piece; all other chunks it skips, or looks for the
# next one that it knows.
_IN_ONE_PIECE = (b"INFO", b"fmt ", b"bext", b"id3 ", b"ID3 ", b"XMA2")


def check_chunks(path: str) -> None:
    """Refuse a WAV or AVI file one of whose chunks is far beyond its end.

    FFmpeg takes the memory that metadata claim to need, up to 2 GB for a file
    of 8 kB, before it finds that they are not there.

    Args:
        path: Path of any file.

    Raises:
        MediaError: If a chunk claims 16 MB more than there are.
    """
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        if file.read(4) != b"RIFF":
            return
        place = 12
        for _ in range(_MOST_CHUNKS):
            file.seek(place)
            head = file.read(12)
            if len(head) < 12:
                return
            name, length = struct.unpack("<4sI", head[:8])
            if name == b"LIST":
                name = head[8:]
            lacking = place + length - size
            if name in _IN_ONE_PIECE and lacking > _MOST_LACKING:
                raise MediaError(
                    "absurd",
                    f"it claims {length} bytes of metadata and has {size}",
                )
            place += 8 + length + length % 2
