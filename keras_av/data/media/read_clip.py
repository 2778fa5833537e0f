"""Read one clip of one file."""

import contextlib
import os
from typing import Protocol

import av
import numpy as np
import soundfile

from keras_av.data.clip.clip import SILENCE, Clip, clip_faults
from keras_av.data.clip.clip_spec import ClipSpec
from keras_av.data.clip.clip_window import (
    ClipChoice,
    ClipWindow,
    Extent,
    place_window,
)
from keras_av.data.clip.media_error import MediaError
from keras_av.data.clip.torn_shard_error import TornShardError
from keras_av.data.media.container_source import ContainerSource
from keras_av.data.media.sound_file_source import SoundFileSource
from keras_av.data.media.sound_slice import SoundCollector, finish_sound
from keras_av.ops.types import Array


class Source(Protocol):
    """A source of clips: an open file, or a decoded one in memory."""

    extent: Extent

    @property
    def num_bad_packets(self) -> int:
        """Packets that were skipped because they do not decode."""

    def read(
        self, window: ClipWindow
    ) -> tuple[Array | None, SoundCollector | None]:
        """Read the cropped frames and the sound of one clip."""


def open_source(
    path: str, spec: ClipSpec, extent: Extent | None = None
) -> ContainerSource | SoundFileSource:
    """Open a file with what reads it best.

    Raises:
        MediaError: If it is not there, empty, or no media file.
    """
    if not os.path.isfile(path):
        raise MediaError("missing", "there is no such file")
    if os.path.getsize(path) == 0:
        raise MediaError("empty", "the file has no bytes")
    if not spec.num_frames:
        # What is not a format of libsndfile FFmpeg may still know.
        with contextlib.suppress(soundfile.LibsndfileError):
            return SoundFileSource(path, spec)
    return ContainerSource(path, spec, extent)


def read_clip(
    path: str,
    spec: ClipSpec,
    choice: ClipChoice | None = None,
) -> Clip:
    """Read one clip of one file.

    Args:
        path: Path of a video or sound file.
        spec: Specification of the clip.
        choice: Which of the file's clips. Defaults to the middle one, in
            time and space.

    Returns:
        A `Clip`.

    Raises:
        MediaError: If the file cannot give it.

    Examples:

    >>> from keras_av.data import ClipSpec, generated_set, read_clip
    >>> path = generated_set(num_train=8, num_test=8).full_path(0)
    >>> clip = read_clip(path, ClipSpec(num_frames=4, size=64))
    >>> clip.video.shape, clip.audio.shape, clip.has_audio, clip.faults
    ((4, 64, 64, 3), (16000,), True, ())
    """
    try:
        with open_source(path, spec) as source:
            return cut_clip(source, spec, choice or ClipChoice())
    except Exception as error:
        raise as_media_error(error) from error


def cut_clip(
    source: Source, spec: ClipSpec, choice: ClipChoice, pad: bool = False
) -> Clip:
    """Cut one clip out of an open source; sound too short is padded or not."""
    window = place_window(spec, source.extent, choice)
    return cut_window(source, spec, window, pad)


def cut_window(
    source: Source, spec: ClipSpec, window: ClipWindow, pad: bool = False
) -> Clip:
    """Cut the clip of a window out of an open source."""
    video, sound = source.read(window)
    num_bad = source.num_bad_packets
    return finish_clip(spec, window, video, sound, num_bad, pad)


def finish_clip(
    spec: ClipSpec,
    window: ClipWindow,
    video: Array | None,
    sound: SoundCollector | None,
    num_bad_packets: int,
    pad: bool = False,
) -> Clip:
    """Make a clip from the frames and the sound read by a source."""
    if video is None:
        video = np.zeros((0, 0, 0, 3), np.uint8)
    elif window.flip:
        video = _mirrored(video)
    audio = np.zeros(spec.num_samples, np.float32)
    if sound is not None:
        audio = finish_sound(
            sound.samples, sound.span, window.sound_seconds, spec, pad
        )
    has_audio = bool(np.abs(audio).max(initial=0.0) >= SILENCE)
    if not has_audio:
        audio = np.zeros_like(audio)
    faults = clip_faults(
        window.too_short,
        bool(num_bad_packets),
        bool(spec.num_samples) and not has_audio,
        sound is not None,
    )
    return Clip(video, audio, has_audio, faults)


def _mirrored(video: Array) -> Array:
    """Exchange left and right; ten times as fast as copying pixels of 3."""
    mirrored = np.empty_like(video)
    for channel in range(3):
        mirrored[..., channel] = video[:, :, ::-1, channel]
    return mirrored


def as_media_error(error: Exception) -> MediaError:
    """The reason behind whatever decoding a file has raised.

    Raises:
        TornShardError: If the error is one, since the file is not to blame.
    """
    if isinstance(error, MediaError):
        return error
    if isinstance(error, TornShardError):
        raise error
    # Errors of the system and of FFmpeg would name the path again.
    words = getattr(error, "strerror", None) or str(error)
    text = f"{type(error).__name__}: {words}"
    if isinstance(error, (FileNotFoundError, PermissionError)):
        return MediaError("missing", text)
    if isinstance(error, (av.FFmpegError, soundfile.LibsndfileError)):
        return MediaError("unreadable", text)
    return MediaError("corrupt", text)
