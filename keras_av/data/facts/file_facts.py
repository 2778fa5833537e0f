"""What a file says of itself, without decoding it."""

import os
from typing import Any

import soundfile

from keras_av.data.clip.clip_spec import ClipSpec
from keras_av.data.clip.media_error import MediaError
from keras_av.data.media.check_chunks import check_chunks
from keras_av.data.media.check_frame_size import check_frame_size
from keras_av.data.media.check_seconds import check_seconds
from keras_av.data.media.media_container import MediaContainer
from keras_av.data.media.read_clip import as_media_error
from keras_av.data.plumbing.fingerprints import sha256, stamp

# Headers are rounded, and sound may end a little after the picture.
_MISSING_SECONDS = 1.0


def file_facts(path: str) -> dict[str, Any]:
    """Open a file and go through its packets once.

    Returns:
        A value for each column of `FACTS`; `status` is `"ok"` or the reason
        of a `MediaError`, and `message` says what was found.
    """
    num_bytes, modified = stamp(path)
    facts: dict[str, Any] = {
        "status": "ok",
        "message": "",
        "duration": 0.0,
        "frame_rate": 0.0,
        "num_frames": 0,
        "has_audio": False,
        "num_bytes": num_bytes,
        "modified": modified,
        "sha256": "",
    }
    try:
        if not os.path.isfile(path):
            raise MediaError("missing", "there is no such file")
        facts["sha256"] = sha256(path)
        if num_bytes == 0:
            raise MediaError("empty", "the file has no bytes")
        facts |= _demuxed(path)
    except Exception as error:
        fault = as_media_error(error)
        facts |= {"status": fault.reason, "message": fault.message}
    return facts


def _demuxed(path: str) -> dict[str, Any]:
    try:
        media = _opened(path)
    except Exception as error:
        try:
            sound = soundfile.info(path)
        except soundfile.LibsndfileError:
            # It knows no more of it than FFmpeg does.
            raise error from None
        return {"duration": sound.duration, "has_audio": sound.frames > 0}
    try:
        return _counted(media)
    finally:
        media.close()


def _opened(path: str) -> MediaContainer:
    check_chunks(path)
    check_frame_size(path)
    try:
        return MediaContainer(path, ClipSpec())
    except MediaError as error:
        if error.reason != "no_video":
            raise
        return MediaContainer(path, ClipSpec(num_frames=0))


def _counted(media: MediaContainer) -> dict[str, Any]:
    """Facts from the packets of an open file."""
    num_frames, end, has_audio = 0, 0.0, False
    for packet in media.packets():
        if packet.size == 0:
            continue
        has_audio |= packet.stream is media.audio
        num_frames += packet.stream is media.video
        time = media.time(packet)
        if time is not None:
            length = float((packet.duration or 0) * packet.time_base)
            if packet.stream is media.video:
                length = length or 1.0 / media.rate
            end = max(end, time + length)
    facts: dict[str, Any] = {
        "duration": end,
        "frame_rate": media.rate,
        "num_frames": num_frames,
        "has_audio": has_audio,
    }
    check_seconds(end, media.container.size)
    claimed = (media.container.duration or 0) / 1e6
    if end <= 0 or (media.video and not num_frames):
        facts["status"] = "truncated"
        facts["message"] = "it holds no packet of its streams"
    elif media.num_lacking_bytes:
        lacking = media.num_lacking_bytes
        facts["status"] = "truncated"
        facts["message"] = f"{lacking} bytes are missing after {end:.2f} s"
    elif media.num_bad_packets:
        facts["status"] = "corrupt"
        facts["message"] = f"its packets cannot be read after {end:.2f} s"
    elif claimed - end > _MISSING_SECONDS:
        facts["status"] = "truncated"
        facts["message"] = f"packets end at {end:.2f} s of {claimed:.2f} s"
    return facts
