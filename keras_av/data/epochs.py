"""Number the passes through a dataset."""

import itertools
import threading

import numpy as np
import tensorflow as tf

from keras_av.ops.types import Tensor


class Epochs:
    """Counts the iterators of a dataset as they begin."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs = itertools.count()
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Make the next iterator deliver `epoch`.

        Raises:
            ValueError: If it is negative.
        """
        if epoch < 0:
            raise ValueError(f"epoch must not be negative. Received: {epoch}")
        with self._lock:
            self._epoch = int(epoch)

    def dataset(self) -> tf.data.Dataset:
        """One element: the number of this pass, and its epoch."""

        def read(_: Tensor) -> tuple[Tensor, Tensor]:
            run, epoch = tf.numpy_function(self._next, [], [tf.int64, tf.int64])
            return tf.ensure_shape(run, []), tf.ensure_shape(epoch, [])

        return tf.data.Dataset.range(1).map(read)

    def _next(self) -> tuple[np.int64, np.int64]:
        with self._lock:
            epoch = self._epoch
            self._epoch += 1
            return np.int64(next(self._runs)), np.int64(epoch)
