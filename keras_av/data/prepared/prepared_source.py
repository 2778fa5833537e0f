"""A file in a shard, decoded as a whole."""

from types import TracebackType
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from keras_av.data.clip.clip_spec import ClipSpec
from keras_av.data.clip.clip_window import ClipWindow
from keras_av.data.clip.media_error import MediaError
from keras_av.data.clip.torn_shard_error import TornShardError
from keras_av.data.media.memory_source import MemorySource
from keras_av.data.media.nearest_frames import pick_frames
from keras_av.data.media.sound_slice import SoundCollector, SoundRange
from keras_av.data.media.sound_spool import FULL_SCALE
from keras_av.data.prepared.prepared_file import first_samples
from keras_av.data.prepared.shard import StoredFile
from keras_av.ops.types import Array, Tensor

# A minute; what TensorFlow makes of records takes several times their bytes.
_READ_TOGETHER = 120
_FEATURES = {
    "frames": tf.io.RaggedFeature(tf.string),
    "audio": tf.io.RaggedFeature(tf.string),
}


class PreparedSource:
    """A file of a prepared set; a context manager.

    Args:
        path: Path of its shard.
        stored: Place of the file in the shard.
        spec: Specification of a clip.
        name: Path of the file, for errors.
    """

    def __init__(
        self, path: str, stored: StoredFile, spec: ClipSpec, name: str
    ) -> None:
        self._path = path
        self._name = name
        self._stored = stored
        self._spec = spec
        self.extent = stored.extent_for(spec)
        self.num_bad_packets = stored.num_bad_packets

    def __enter__(self) -> "PreparedSource":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Nothing stays open."""

    @property
    def num_bytes(self) -> int:
        """Memory that the file takes once it is decoded."""
        extent, count = self.extent, len(self._stored.times)
        seconds = extent.end if extent.sound_end is not None else 0.0
        sound = int(seconds * self._spec.sampling_rate) * 4
        return count * extent.height * extent.width * 3 + sound

    def read(
        self, window: ClipWindow
    ) -> tuple[Array | None, SoundCollector | None]:
        """Read the cropped frames and the sound of one clip.

        Raises:
            MediaError: If the file cannot give it.
            TornShardError: If its shard does not hold it any more.
        """
        needed = needed_records(self._stored, self._spec, window)
        found = self._read(needed.first, needed.end)
        memory = MemorySource(self.extent, *found, self.num_bad_packets)
        return memory.read(window)

    def read_all(self) -> tuple[Array, Array, SoundCollector | None]:
        """Read the whole file: times of the frames, the frames, the sound.

        Raises:
            TornShardError: If its shard does not hold it any more.
        """
        return self._read(0, len(self._stored.offsets) - 1)

    def _read(
        self, first: int, last: int
    ) -> tuple[Array, Array, SoundCollector | None]:
        """Times, frames and sound of the records from one to before another."""
        stored, extent = self._stored, self.extent
        times = stored.times[slice(*stored.first_frames[[first, last]])]
        shape = (len(times), extent.height, extent.width, 3)
        frames = np.zeros(shape, np.uint8)
        sound = None
        if extent.sound_end is not None:
            rate = self._spec.sampling_rate
            samples = first_samples(stored.extent, rate)
            span = samples[[first, last]].tolist()
            sound = SoundCollector(
                SoundRange(span[0], span[1] - span[0], 0, rate, rate)
            )
        for begin in range(first, last, _READ_TOGETHER):
            end = min(begin + _READ_TOGETHER, last)
            jpegs, pcm = self._read_records(begin, end)
            places = stored.first_frames[[begin, end]]
            places = places - stored.first_frames[first]
            if places[1] > places[0]:
                frames[slice(*places)] = decode_frames(jpegs)
            if sound is not None:
                piece = pcm / np.float32(FULL_SCALE)
                sound.add(piece, int(samples[begin]) / rate)
        return times, frames, sound

    def _read_records(self, first: int, last: int) -> tuple[Tensor, Array]:
        """The JPEGs and the samples of records that follow one another.

        Raises:
            TornShardError: If its shard does not hold them any more.
        """
        start, end = self._stored.offsets[[first, last]]
        jpegs, pcm, whole = read_records(
            self._path, start, last - first, end - start
        )
        if not whole:
            raise TornShardError(self._path, self._name)
        return jpegs, pcm.numpy()


class NeededRecords(NamedTuple):
    """Which records of a file a clip is made of.

    Args:
        first: The first one.
        end: The one after the last.
        frames: Numbers of its frames within the file, `(num_frames,)`.
        first_sample: Number of its first sample within these records.
        num_samples: Number of samples from the file; 0 if it has no sound.
    """

    first: int
    end: int
    frames: Array
    first_sample: int
    num_samples: int


def needed_records(
    stored: StoredFile, spec: ClipSpec, window: ClipWindow
) -> NeededRecords:
    """Find the records of a clip.

    Raises:
        MediaError: If the file cannot give it.
    """
    extent, frames = stored.extent_for(spec), np.zeros(0, np.int64)
    samples, start, count = np.zeros(0, np.int64), 0, 0
    needed = []
    if spec.num_frames:
        frames = pick_frames(
            stored.times, window.times, extent.rate, stored.num_bad_packets
        )
        needed += _records_of(stored.first_frames, frames)
    if extent.sound_end is not None:
        count = round(window.sound_seconds * spec.sampling_rate)
        if count == 0:
            raise MediaError("empty", "the sound holds no samples")
        start = round(window.sound_start * spec.sampling_rate)
        samples = first_samples(stored.extent, spec.sampling_rate)
        needed += _records_of(samples, np.array([start, start + count - 1]))
    first, end = min(needed), max(needed) + 1
    if count:
        start -= int(samples[first])
    return NeededRecords(first, end, frames, start, count)


def _records_of(firsts: Array, numbers: Array) -> list[int]:
    """The earliest and the latest record that holds one of some numbers."""
    ends = np.array([numbers.min(), numbers.max()])
    records = np.searchsorted(firsts, ends, "right") - 1
    return np.clip(records, 0, len(firsts) - 2).tolist()


@tf.function(
    input_signature=[
        tf.TensorSpec([], tf.string),
        tf.TensorSpec([], tf.int64),
        tf.TensorSpec([], tf.int64),
        tf.TensorSpec([], tf.int64),
    ]
)
def read_records(
    path: Tensor, offset: Tensor, count: Tensor, num_bytes: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Read records that follow one another, in a graph.

    Args:
        path: Path of the shard.
        offset: Offset of the first record.
        count: Number of records.
        num_bytes: Length of all records.

    Returns:
        The JPEGs of their frames, `(frames,)`, their samples as 16-bit
        numbers, `(samples,)`, and whether all records are there and whole.
    """
    variant = tf.raw_ops.TFRecordDatasetV2(
        filenames=[path],
        compression_type="",
        buffer_size=num_bytes,
        byte_offsets=[offset],
    )
    records = tf.data.experimental.from_variant(
        variant, tf.TensorSpec([], tf.string)
    )
    none = tf.data.Dataset.from_tensors(tf.zeros([0], tf.string))

    def read(_: Tensor) -> Tensor:
        found = records.take(count).batch(count)
        return found.concatenate(none).take(1).get_single_element()

    # If one is damaged or the file is gone there are none. Errors of `records`
    # itself must not be ignored: without a file they would never end.
    found = tf.data.Dataset.range(1).map(read).ignore_errors()
    batch = found.concatenate(none).take(1).get_single_element()
    parts = tf.io.parse_example(batch, _FEATURES)
    sound = tf.strings.reduce_join(parts["audio"].values)
    whole = tf.size(batch, tf.int64) == count
    return parts["frames"].values, tf.io.decode_raw(sound, tf.int16), whole


@tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
def decode_frames(jpegs: Tensor) -> Tensor:
    """Decode frames of one size, in a graph: one by one takes ten times longer.

    Args:
        jpegs: The JPEGs of at least one frame, `(frames,)`.

    Returns:
        The frames, `(frames, height, width, 3)`, uint8.
    """
    return tf.map_fn(
        lambda jpeg: tf.io.decode_jpeg(jpeg, channels=3),
        jpegs,
        fn_output_signature=tf.uint8,
    )
