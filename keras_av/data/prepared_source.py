"""A file in a shard, decoded as a whole."""

from types import TracebackType

import numpy as np
import tensorflow as tf

from keras_av.data.clip_spec import ClipSpec
from keras_av.data.clip_window import ClipWindow
from keras_av.data.memory_source import MemorySource
from keras_av.data.shard import StoredFile
from keras_av.data.sound_slice import SoundCollector, SoundRange
from keras_av.data.sound_spool import FULL_SCALE
from keras_av.ops.types import Array, Tensor

_FEATURES = {
    "frames": tf.io.RaggedFeature(tf.string),
    "audio": tf.io.RaggedFeature(tf.string),
}


class PreparedSource:
    """A file of a prepared set; a context manager.

    Args:
        path: Of its shard.
        stored: Where in that it is.
        spec: What clips are wanted of it.
    """

    def __init__(self, path: str, stored: StoredFile, spec: ClipSpec) -> None:
        self._path = path
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
        """Read the cropped frames and the sound of one clip."""
        memory = MemorySource(
            self.extent, *self.read_all(), self.num_bad_packets
        )
        return memory.read(window)

    def read_all(self) -> tuple[Array, Array, SoundCollector | None]:
        """Read the whole file: times of the frames, the frames, the sound."""
        offsets = self._stored.offsets
        jpegs, pcm = read_records(
            self._path, offsets[0], len(offsets) - 1, offsets[-1] - offsets[0]
        )
        extent, times = self.extent, self._stored.times
        frames = np.empty(
            (len(times), extent.height, extent.width, 3), np.uint8
        )
        for number, jpeg in enumerate(jpegs):
            frames[number] = tf.io.decode_jpeg(jpeg, channels=3)
        if extent.sound_end is None:
            return times, frames, None
        rate = self._spec.sampling_rate
        sound = SoundCollector(SoundRange(0, len(pcm), 0, rate, rate))
        sound.add(pcm.numpy() / np.float32(FULL_SCALE), 0.0)
        return times, frames, sound


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
) -> tuple[Tensor, Tensor]:
    """Read records that follow one another, in a graph.

    Args:
        path: Of the shard.
        offset: Where the first record begins.
        count: Of records.
        num_bytes: Of all of them.

    Returns:
        The JPEGs of their frames, `(frames,)`, and their samples as 16-bit
        numbers, `(samples,)`.
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
    batch = records.take(count).batch(count).get_single_element()
    parts = tf.io.parse_example(batch, _FEATURES)
    sound = tf.strings.reduce_join(parts["audio"].values)
    return parts["frames"].values, tf.io.decode_raw(sound, tf.int16)
