"""Python functions that the graphs of pipelines call."""

import atexit
import contextlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import tensorflow as tf

from keras_av.ops.types import Tensor

# At the end of a program: for how long no call may come in, and how long a
# file may take that is being read, in seconds.
_QUIET, _PATIENCE = 0.2, 30.0


class _Calls:
    """Counts the calls that are under way, and lets none begin at the end.

    An iterator that is left in the midst of an epoch, as by an exception in
    training, keeps reading ahead. The interpreter, once it is closing,
    stops every thread that comes back to Python, TensorFlow waits for that
    thread, and the program would never end.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.closing = False
        self._running = 0
        self._last = 0.0

    @contextlib.contextmanager
    def call(self) -> Iterator[None]:
        """Be under way."""
        with self._lock:
            self._running += 1
        try:
            yield
        finally:
            with self._lock:
                self._running -= 1
                self._last = time.monotonic()

    def close(self) -> None:
        """Let no more calls begin, and wait for those under way."""
        self.closing = True
        begin = time.monotonic()
        while True:
            with self._lock:
                now = time.monotonic()
                quiet = not self._running and now - self._last > _QUIET
            if quiet or now - begin > _PATIENCE:
                return
            time.sleep(_QUIET / 10)


_calls = _Calls()
atexit.register(_calls.close)


@tf.autograph.experimental.do_not_convert
def in_graph(
    function: Callable[..., Any],
    inputs: list[Tensor],
    kinds: tf.DType | list[tf.DType],
) -> Any:
    """`tf.numpy_function` that keeps no program from ending.

    Args:
        function: Function of arrays that returns arrays.
        inputs: Tensors.
        kinds: Types of what it returns.
    """

    def call(*arrays: Any) -> Any:
        with _calls.call():
            if not _calls.closing:
                return function(*arrays)
        # Of all errors TensorFlow takes this one without a word.
        raise StopIteration

    return tf.numpy_function(call, inputs, kinds)


def from_generator(
    function: Callable[..., Iterable[Any]], **options: Any
) -> tf.data.Dataset:
    """`tf.data.Dataset.from_generator` that keeps no program from ending.

    Args:
        function: Returns what is iterated over.
        **options: Of `from_generator`.
    """

    def items(*arrays: Any) -> Iterator[Any]:
        with _calls.call():
            iterator = iter(function(*arrays))
        while not _calls.closing:
            with _calls.call():
                try:
                    item = next(iterator)
                except StopIteration:
                    return
            yield item

    return tf.data.Dataset.from_generator(items, **options)
