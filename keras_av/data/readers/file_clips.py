"""Clips of files, decoded in Python."""

import numpy as np
import tensorflow as tf

from keras_av.data.plumbing.in_graph import in_graph
from keras_av.data.readers.clip_loader import ClipLoader, empty_clip
from keras_av.data.readers.reading import Reading
from keras_av.ops.types import Array, Tensor


class FileClips:
    """Reads clips of files, or of what is kept of them in memory.

    Args:
        reading: The files and the clips wanted of them.
        loader: Reads them, and counts what is read.
    """

    def __init__(
        self,
        reading: Reading,
        loader: ClipLoader,
    ) -> None:
        self._labels = reading.manifest.label
        self._spec = reading.spec
        self._order = reading.order
        self._loader = loader

    def elements(
        self,
        run: Tensor,
        epoch: Tensor,
        positions: tf.data.Dataset,
        num_workers: int,
    ) -> tf.data.Dataset:
        """Clips, their positions, and whether each could be read."""
        labels = tf.constant(self._labels, tf.int32)

        def read(position: Tensor) -> tuple[dict[str, Tensor], Tensor, Tensor]:
            index = self._order.index(epoch, position)
            video, audio, has_audio, ok = in_graph(
                self._load,
                [run, epoch, position, index],
                [tf.uint8, tf.float32, tf.bool, tf.bool],
            )
            element, spec = {}, self._spec
            if spec.num_frames:
                element["video"] = tf.ensure_shape(video, spec.video_shape)
            if spec.num_samples:
                element["audio"] = tf.ensure_shape(audio, spec.audio_shape)
                element["has_audio"] = tf.ensure_shape(has_audio, [])
            element["label"] = tf.gather(labels, index)
            element["index"] = tf.cast(index, tf.int32)
            return element, position, tf.ensure_shape(ok, [])

        return positions.map(
            read, num_parallel_calls=num_workers, deterministic=True
        )

    def _load(
        self, run: Array, epoch: Array, position: Array, index: Array
    ) -> tuple[Array, Array, np.bool_, np.bool_]:
        choice = self._order.choice(int(epoch), int(position))
        clip = self._loader.load(int(run), int(index), choice)
        ok = clip is not None
        clip = clip or empty_clip(self._spec)
        return clip.video, clip.audio, np.bool_(clip.has_audio), np.bool_(ok)
