"""How many bytes a media file has been cut by, as its own headers say."""

import os
import struct
from collections.abc import Callable
from typing import BinaryIO

# What writers count in or out.
_SLACK = 16
# Parts looked at, more than real files have.
_MAX_PARTS = 10_000

# Name and length of a part of an AVI file; lengths that a stream has.
_RIFF, _STREAMED = struct.Struct("<4sI"), (0, 2**32 - 1)
# Length and name of a box of an MP4 file.
_BOX = struct.Struct(">I4s")
# Elements of a Matroska file: what it is, and all the rest.
_EBML, _SEGMENT = 0x1A45DFA3, 0x18538067

# Reads the part that begins here: whether it holds media, and its length, or
# None if it does not say.
_PartReader = Callable[[BinaryIO], tuple[bool, int] | None]


def lacking_bytes(path: str, format_name: str) -> int:
    """How many bytes a file lacks of what its headers promise.

    FFmpeg makes do with what is left of such a file. A part that holds no
    media, such as padding at the end, is no loss. Streams do not say how long
    they are, and a cut between two parts does not show.

    Args:
        path: Path of a file.
        format_name: Name that FFmpeg has for its format.

    Returns:
        Number of bytes; 0 for formats whose headers do not say.
    """
    reader = _READERS.get(format_name)
    if reader is None:
        return 0
    size, end = os.path.getsize(path), 0
    with open(path, "rb", buffering=0) as file:
        for _ in range(_MAX_PARTS):
            file.seek(end)
            part = reader(file)
            if part is None:
                break
            is_media, length = part
            end += length
            if end > size:
                return end - size if is_media and end - size > _SLACK else 0
    return 0


def _riff(file: BinaryIO) -> tuple[bool, int] | None:
    # Large files have several.
    header = file.read(_RIFF.size)
    if len(header) < _RIFF.size:
        return None
    name, length = _RIFF.unpack(header)
    if name != b"RIFF" or length in _STREAMED:
        return None
    return True, _RIFF.size + length


def _box(file: BinaryIO) -> tuple[bool, int] | None:
    header = file.read(_BOX.size)
    if len(header) < _BOX.size:
        return None
    length, name = _BOX.unpack(header)
    if length == 1:
        # It needs more room.
        length = int.from_bytes(file.read(8), "big")
    # Of length 0 is a box that reaches to the end, wherever that is.
    if length < _BOX.size:
        return None
    return name in (b"mdat", b"moof"), length


def _element(file: BinaryIO) -> tuple[bool, int] | None:
    name, size = _number(file), _number(file)
    if name is None or size is None:
        return None
    marker = 1 << 7 * size[1]
    length = size[0] - marker
    if name[0] not in (_EBML, _SEGMENT) or length == marker - 1:
        return None
    return name[0] == _SEGMENT, name[1] + size[1] + length


def _number(file: BinaryIO) -> tuple[int, int] | None:
    """A number with the marker of its length, and the length in bytes."""
    first = file.read(1)
    if not first or not first[0]:
        return None
    length = 9 - first[0].bit_length()
    return int.from_bytes(first + file.read(length - 1), "big"), length


_READERS: dict[str, _PartReader] = {
    "avi": _riff,
    "mov,mp4,m4a,3gp,3g2,mj2": _box,
    "matroska,webm": _element,
}
