"""One file, encoded as records of short segments."""

import dataclasses
import math
from collections.abc import Iterator

import numpy as np
import tensorflow as tf

from keras_av.data.clip_spec import ClipSpec
from keras_av.data.clip_window import Extent
from keras_av.data.container_source import ContainerSource
from keras_av.data.media_error import MediaError
from keras_av.data.nearest_frames import NearestFrames
from keras_av.data.read_clip import open_source
from keras_av.data.sound_slice import SoundCollector, resampled
from keras_av.ops.types import Array

SEGMENT_SECONDS = 0.5
# 1.0 is one above the largest of 16 bits: the error stays half a step.
FULL_SCALE = 32768.0


@dataclasses.dataclass(frozen=True)
class PreparedFile:
    """A file as it goes into a shard.

    Args:
        extent: Of the file.
        num_bad_packets: How many packets had to be left out.
        times: Of the frames that are kept, in seconds, `(frames,)`.
        frames: These as JPEG.
        sound: `(samples,)` int16; none if there is no sound track.
    """

    extent: Extent
    num_bad_packets: int
    times: Array
    frames: list[bytes]
    sound: Array

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
                "frames": self.frames[frames[number] : frames[number + 1]],
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


def encode_file(path: str, spec: ClipSpec, quality: int) -> PreparedFile:
    """Decode a file once, and encode what clips of it may need.

    Args:
        path: Of the file.
        spec: What clips will be: their size, rates and senses count.
        quality: Of JPEG, from 1 to 100.

    Raises:
        MediaError: If the file cannot give it.
    """
    with open_source(path, spec) as source:
        if isinstance(source, ContainerSource):
            times, frames, sound = _encode(source, spec, quality)
        else:
            times, frames = [], []
            _, _, sound = source.read_all()
        return PreparedFile(
            source.extent,
            source.num_bad_packets,
            np.array(times),
            frames,
            _pcm(sound, source.extent),
        )


def _encode(
    source: ContainerSource, spec: ClipSpec, quality: int
) -> tuple[list[float], list[bytes], SoundCollector | None]:
    """Times and JPEGs of the frames at the wanted rate, and the sound."""
    extent, times, frames = source.extent, [], []
    sound, stream = source.decode_all()
    picker = None
    if spec.num_frames and spec.fps:
        count = max(int(extent.duration * spec.fps + 0.5), 1)
        picker = NearestFrames(np.arange(count) / spec.fps)
    chosen: list = []
    # The last frame is often asked for twice: rates do not divide evenly.
    last: tuple | None = None

    def keep(pairs: list) -> None:
        nonlocal last
        for time, frame in pairs:
            if last is None or last[0] is not frame:
                image = tf.io.encode_jpeg(source.scaled(frame), quality=quality)
                last = frame, image.numpy()
            times.append(time)
            frames.append(last[1])

    for time, frame in stream:
        chosen = [(time, frame)]
        if picker is not None:
            chosen = picker.offer(time, (time, frame))
        keep(chosen)
    if picker is not None:
        keep(picker.finish())
    if spec.num_frames and not frames:
        raise MediaError("corrupt", "not one of its frames decodes")
    return times, frames, sound


def _pcm(sound: SoundCollector | None, extent: Extent) -> Array:
    if sound is None:
        return np.zeros(0, np.int16)
    samples = resampled(sound.samples, sound.span)
    count = first_samples(extent, sound.span.sampling_rate)[-1]
    pcm = np.zeros(count, np.int16)
    levels = np.clip(np.round(samples * FULL_SCALE), -32768, 32767)
    pcm[: len(levels)] = levels[:count]
    return pcm


def _example(values: dict) -> bytes:
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
