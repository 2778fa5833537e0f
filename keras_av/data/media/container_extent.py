"""How long a container really plays, and how large its frames are."""

from keras_av.data.clip.clip_spec import ClipSpec
from keras_av.data.clip.clip_window import Extent
from keras_av.data.clip.media_error import MediaError
from keras_av.data.media.check_seconds import check_seconds
from keras_av.data.media.media_container import MediaContainer

_MAX_SCALED_PIXELS = 16_000_000
# Where looking for the end begins, before the end that the header claims.
_TAIL = 1.0


def measure_extent(media: MediaContainer, spec: ClipSpec) -> Extent:
    """Look at the end of a file, whatever its header says, and at a frame.

    Headers are wrong about files that were cut, and silent about the length
    of each stream in some containers. Packets are read, not decoded.

    Raises:
        MediaError: If no packet is there, or the size is absurd.
    """
    ends = _tail_ends(media)
    end = ends.get(media.main.index)
    if end is None or end <= 0:
        raise MediaError("truncated", "it holds no packet of its streams")
    # Sound may claim another length than the picture.
    check_seconds(max(end, *ends.values()), media.container.size)
    sound_end = None
    if media.audio:
        sound_end = max(ends.get(media.audio.index, 0.0), 0.0)
    height, width = _scaled_size(media, spec) if media.video else (0, 0)
    return Extent(end, media.rate, height, width, sound_end)


def _tail_ends(media: MediaContainer) -> dict[int, float]:
    """Stream index -> end in seconds, from the last packets of the file."""
    claimed = _claimed_seconds(media)
    if claimed is not None and claimed > _TAIL:
        media.seek(claimed - _TAIL)
        ends = _packet_ends(media)
        if media.main.index in ends:
            return ends
    media.seek(0.0)
    return _packet_ends(media)


def _claimed_seconds(media: MediaContainer) -> float | None:
    main = media.main
    if main.duration:
        return float(main.duration * main.time_base)
    if media.container.duration:
        return media.container.duration / 1e6
    return None


def _packet_ends(media: MediaContainer) -> dict[int, float]:
    ends: dict[int, float] = {}
    shortest = 1.0 / media.rate if media.video else 0.0
    for packet in media.packets():
        time = media.time(packet)
        if time is None or packet.size == 0:
            continue
        length = float((packet.duration or 0) * packet.time_base)
        if packet.stream is media.video:
            length = length or shortest
        index = packet.stream.index
        ends[index] = max(ends.get(index, 0.0), time + length)
    return ends


def _scaled_size(media: MediaContainer, spec: ClipSpec) -> tuple[int, int]:
    """Height and width to which frames are scaled, as they are shown."""
    shown_height, shown_width = _shown_size(media)
    height, width = spec.height_width
    # 128 of which 112 are kept: the usual room for a random crop.
    scale = 8 / 7 * max(height / shown_height, width / shown_width)
    scaled = round(shown_height * scale), round(shown_width * scale)
    if scaled[0] * scaled[1] > _MAX_SCALED_PIXELS:
        raise MediaError(
            "absurd", f"frames of {shown_width}x{shown_height} are too long"
        )
    return scaled


def _shown_size(media: MediaContainer) -> tuple[int, int]:
    """Size after the rotation that telephones write into the header."""
    media.seek(0.0)
    for packet in media.packets():
        if packet.stream is media.video:
            for _, frame in media.frames(packet):
                if frame.rotation % 180:
                    return frame.width, frame.height
                return frame.height, frame.width
    raise MediaError("corrupt", "not one of its frames decodes")
