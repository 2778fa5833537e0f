"""Number the passes through a dataset, and tell how far they are."""

import itertools
import threading

import numpy as np
import tensorflow as tf

from keras_av.data.plumbing.in_graph import in_graph
from keras_av.ops.types import Array, Tensor

# One is read, others begin beside it: `fit` looks at a batch, probes read.
_PASSES_REMEMBERED = 8


class Epochs:
    """Counts the iterators of a dataset as they begin, and their batches."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs = itertools.count()
        self._epoch = self._position = 0
        # By number of the pass: its epoch, and the positions at which its
        # batches meet.
        self._passes: dict[int, tuple[int, list[int]]] = {}
        self._ended: set[int] = set()

    def set_epoch(self, epoch: int, position: int = 0) -> None:
        """Make the next iterator deliver `epoch`, from a position on.

        Raises:
            ValueError: If one is negative.
        """
        if epoch < 0 or position < 0:
            raise ValueError(
                "epoch and position must not be negative. Received: "
                f"epoch={epoch}, position={position}"
            )
        with self._lock:
            self._epoch, self._position = int(epoch), int(position)

    def position(self, epoch: int, num_batches: int) -> int:
        """Where the last pass through an epoch was after so many batches.

        After its end it stays where it is: of several workers, those that
        have lost clips end before the others.

        Raises:
            ValueError: If it has not come so far.
        """
        with self._lock:
            for run, (passed, ends) in reversed(self._passes.items()):
                if passed == epoch and num_batches < len(ends):
                    return ends[num_batches]
                if passed == epoch and run in self._ended:
                    return ends[-1]
                if passed == epoch:
                    break
        raise ValueError(
            f"These clips have not given {num_batches} batches of epoch "
            f"{epoch}. Expected those that `fit` iterates over, without "
            "steps_per_epoch."
        )

    def dataset(self) -> tf.data.Dataset:
        """One element: the number of this pass, its epoch, its start."""

        @tf.autograph.experimental.do_not_convert
        def read(_: Tensor) -> tuple[Tensor, ...]:
            numbers = in_graph(self._next, [], [tf.int64] * 3)
            return tuple(tf.ensure_shape(number, []) for number in numbers)

        return tf.data.Dataset.range(1).map(read)

    def note(self, run: Tensor, position: Tensor) -> Tensor:
        """Remember, in a graph, a batch.

        Args:
            run: Number of the pass through the files.
            position: Position of the batch's last clip.
        """
        return in_graph(self._note, [run, position], tf.bool)

    def end(self, run: int) -> None:
        """Remember that a pass gives no more batches."""
        with self._lock:
            self._ended.add(run)

    def _next(self) -> tuple[np.int64, np.int64, np.int64]:
        with self._lock:
            run, epoch, position = next(self._runs), self._epoch, self._position
            self._epoch, self._position = epoch + 1, 0
            self._passes[run] = epoch, [position]
            self._passes.pop(run - _PASSES_REMEMBERED, None)
            self._ended &= set(self._passes)
        return np.int64(run), np.int64(epoch), np.int64(position)

    def _note(self, run: Array, position: Array) -> np.bool_:
        with self._lock:
            if int(run) in self._passes:
                self._passes[int(run)][1].append(int(position) + 1)
        return np.bool_(True)
