"""One file, encoded as records of short segments."""

import dataclasses
import math
import os
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from keras_av.data.clip.clip_spec import ClipSpec
from keras_av.data.clip.clip_window import Extent
from keras_av.data.clip.media_error import MediaError
from keras_av.data.media.container_source import ContainerSource
from keras_av.data.media.frame_spool import FrameSpool
from keras_av.data.media.nearest_frames import NearestFrames
from keras_av.data.media.read_clip import open_source
from keras_av.data.media.sound_spool import SoundSpool, SpooledSound
from keras_av.ops.types import Array

SEGMENT_SECONDS = 0.5


@dataclasses.dataclass(frozen=True)
class PreparedFile:
    """A file as it goes into a shard.

    Args:
        extent: Extent of the file.
        num_bad_packets: Number of undecodable packets.
        times: Times of the frames that are kept, in seconds, `(frames,)`.
        frames: The frames as JPEG.
        sound: Samples, int16, by slices; none if there is no sound track.
    """

    extent: Extent
    num_bad_packets: int
    times: Array
    frames: Sequence[bytes]
    sound: SpooledSound | Array

    @property
    def first_frames(self) -> Array:
        """The first frame of each segment, and the number of frames."""
        count = num_segments(self.extent)
        # Times of a damaged file may go back.
        latest = np.maximum.accumulate(self.times)
        starts = np.arange(1, count) * SEGMENT_SECONDS
        inner = np.searchsorted(latest, starts)
        return np.array([0, *inner, len(self.times)], np.int64)

    def records(self, index: int, label: int, rate: int) -> Iterator[bytes]:
        """The segments, each a serialized `tf.train.Example`."""
        frames = self.first_frames
        samples = first_samples(self.extent, rate)
        has_audio = self.extent.sound_end is not None
        for number in range(len(frames) - 1):
            sound = self.sound[samples[number] : samples[number + 1]]
            values = {
                "frames": list(
                    self.frames[frames[number] : frames[number + 1]]
                ),
                "audio": [sound.astype("<i2").tobytes()],
                "index": index,
                "label": label,
                "has_audio": has_audio,
                "start": number * SEGMENT_SECONDS,
            }
            yield _example(values)


def num_segments(extent: Extent) -> int:
    """Segments that a file is cut into."""
    return max(math.ceil(extent.end / SEGMENT_SECONDS), 1)


def first_samples(extent: Extent, rate: int) -> Array:
    """The first sample of each segment, and the number of samples."""
    count = num_segments(extent)
    firsts = np.round(np.arange(count + 1) * SEGMENT_SECONDS * rate)
    # A clip's first and last sample are rounded, each for itself.
    firsts[-1] = max(round(extent.end * rate) + 2, firsts[-2])
    return firsts.astype(np.int64)


def encode_file(
    path: str,
    spec: ClipSpec,
    quality: int,
    folder: str | os.PathLike[str] | None = None,
) -> PreparedFile:
    """Decode a file once, and encode what clips of it may need.

    However long the file is, no more than some seconds of it are in memory.

    Args:
        path: Path of the file.
        spec: Specification of later clips.
        quality: JPEG quality, from 1 to 100.
        folder: Folder of temporary files. Defaults to the system's.

    Raises:
        MediaError: If the file cannot give it.
        OSError: If there is no room for what is encoded.
    """
    with open_source(path, spec) as source:
        extent, sound = source.extent, None
        if source.sound_rate:
            sound = SoundSpool(
                source.sound_rate, spec.sampling_rate, extent.end, folder
            )
        times, frames = [], FrameSpool(folder)
        if isinstance(source, ContainerSource):
            times = _encode(source, spec, quality, sound, frames)
        elif sound is not None:
            source.decode_all(sound)
        pcm: SpooledSound | Array = np.zeros(0, np.int16)
        if sound is not None:
            pcm = sound.finish(
                int(first_samples(extent, spec.sampling_rate)[-1])
            )
        return PreparedFile(
            extent, source.num_bad_packets, np.array(times), frames, pcm
        )


def _encode(
    source: ContainerSource,
    spec: ClipSpec,
    quality: int,
    sound: SoundSpool | None,
    frames: FrameSpool,
) -> list[float]:
    """Spool the frames at the wanted rate, and the sound; times of frames."""
    extent, times = source.extent, []
    picker = None
    if spec.num_frames and spec.fps:
        count = max(int(extent.duration * spec.fps + 0.5), 1)
        picker = NearestFrames(np.arange(count) / spec.fps)
    chosen: list[Any] = []
    last = None

    def keep(pairs: list[Any]) -> None:
        nonlocal last
        for time, frame in pairs:
            times.append(time)
            # One is often asked for twice: rates do not divide evenly.
            if last is frame:
                frames.repeat()
                continue
            image = tf.io.encode_jpeg(source.scaled(frame), quality=quality)
            frames.append(image.numpy())
            last = frame

    for time, frame in source.decode_all(sound):
        chosen = [(time, frame)]
        if picker is not None:
            chosen = picker.offer(time, (time, frame))
        keep(chosen)
    if picker is not None:
        keep(picker.finish())
    if spec.num_frames and not frames:
        raise MediaError("corrupt", "not one of its frames decodes")
    return times


def _example(values: dict[str, Any]) -> bytes:
    features = {}
    for name, value in values.items():
        if isinstance(value, list):
            kind = {"bytes_list": tf.train.BytesList(value=value)}
        elif isinstance(value, float):
            kind = {"float_list": tf.train.FloatList(value=[value])}
        else:
            kind = {"int64_list": tf.train.Int64List(value=[int(value)])}
        features[name] = tf.train.Feature(**kind)
    example = tf.train.Example(features=tf.train.Features(feature=features))
    # The same file gives the same bytes, in whatever process.
    return example.SerializeToString(deterministic=True)
