"""Clips of a prepared set, decoded by the workers of a tf.data service."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from keras_av.data.plumbing.in_graph import from_generator
from keras_av.data.readers.clip_loader import clip_signature
from keras_av.data.readers.prepared_clips import PLAN_FIELDS, PreparedClips
from keras_av.ops.types import Array, Tensor

# Plans that one job of the service is made of: a few megabytes.
_PLANNED_TOGETHER = 4096


class ServedClips:
    """Plans clips here, and has them decoded elsewhere.

    Workers need TensorFlow and the shards under the same path, and nothing of
    this library: what they are sent is made of TensorFlow's operations only.
    Faults are counted here.

    Args:
        clips: Plans and counts them.
        positions: Positions of the clips of an epoch.
        service: Address of the dispatcher.
    """

    def __init__(
        self,
        clips: PreparedClips,
        positions: Sequence[int],
        service: str,
    ) -> None:
        self._clips = clips
        self._spec = clips.reading.spec
        self._order = clips.reading.order
        self._positions = np.array(positions, np.int64)
        self._service = service

    def elements(self, run: Tensor, epoch: Tensor, *_: Any) -> tf.data.Dataset:
        """Clips, their positions, and whether each could be read."""
        found = from_generator(
            self._decoded, args=[epoch], output_signature=self._signature()
        )
        return found.map(lambda *clip: self._clips.count(run, epoch, *clip))

    def _decoded(self, epoch: Array) -> Iterator[tuple[Any, ...]]:
        """What the workers give, in the order in which it comes."""
        for first in range(0, len(self._positions), _PLANNED_TOGETHER):
            positions = self._positions[first : first + _PLANNED_TOGETHER]
            indices = self._indices(epoch, positions)
            plans = self._clips.plans(epoch, positions, indices)
            table = dict(zip(PLAN_FIELDS, plans))
            dataset = tf.data.Dataset.from_tensor_slices(
                (positions, indices, table)
            )
            dataset = dataset.map(
                self._clips.decode, num_parallel_calls=tf.data.AUTOTUNE
            )
            service = tf.data.experimental.service
            dataset = dataset.apply(
                service.distribute(
                    service.ShardingPolicy.DYNAMIC, self._service
                )
            )
            yield from dataset.as_numpy_iterator()

    def _indices(self, epoch: Array, positions: Array) -> Array:
        rows = tf.data.Dataset.from_tensor_slices(positions).map(
            lambda position: self._order.index(tf.constant(epoch), position)
        )
        return rows.batch(len(positions)).get_single_element().numpy()

    def _signature(self) -> tuple[Any, ...]:
        number, yes = tf.TensorSpec([], tf.int64), tf.TensorSpec([], tf.bool)
        return number, number, yes, yes, yes, clip_signature(self._spec)
