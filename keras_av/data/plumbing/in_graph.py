"""Python functions that the graphs of pipelines call."""

import atexit
import contextlib
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from keras_av.ops.own_errors import kept_errors
from keras_av.ops.types import Array, Tensor

# At the end of a program: for how long no call may come in, and how long a
# file may take that is being read, in seconds.
_QUIET, _PATIENCE = 0.2, 30.0
# TensorFlow copies memory that is not aligned to this many bytes, and makes
# constants of tensors of up to 128 numbers.
_ALIGNMENT, _TENSOR_BYTES = 64, 192


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


class _Keeper(np.ndarray):
    """Memory of a tensor, which keeps a function."""

    function: Callable[..., Any]


def _held_by_tensor(
    function: Callable[..., Any],
) -> tuple[Tensor, Callable[..., Any]]:
    """A function that lives as long as the pipelines that call it.

    TensorFlow keeps each Python function of a graph until the program ends,
    and all that it refers to, such as decoded files. So it is given one with
    a weak reference. The strong one is in the memory of a tensor that the
    graph takes as an input. Datasets and iterators that are made of the graph
    in whatever way hold the tensor, and free it when the last of them ends.

    Args:
        function: The function.

    Returns:
        The tensor, and what calls the function.
    """
    memory = np.zeros(_TENSOR_BYTES + _ALIGNMENT, np.uint8)
    begin = -memory.ctypes.data % _ALIGNMENT
    keeper = memory[begin : begin + _TENSOR_BYTES].view(_Keeper)
    keeper.function = function
    tensor = tf.experimental.dlpack.from_dlpack(keeper.__dlpack__())
    held = weakref.ref(keeper)

    def call(*arrays: Any) -> Any:
        keeper = held()
        if keeper is None:
            raise RuntimeError("The dataset that reads this has been freed.")
        return keeper.function(*arrays)

    return tensor, call


@tf.autograph.experimental.do_not_convert
def in_graph(
    function: Callable[..., Any],
    inputs: list[Tensor],
    kinds: tf.DType | list[tf.DType],
) -> Any:
    """`tf.numpy_function`, whose function is freed with the pipeline.

    A call that waits does not keep the program from ending.

    Args:
        function: Function of arrays that returns arrays.
        inputs: Tensors.
        kinds: Types of what it returns.
    """
    tensor, held = _held_by_tensor(function)

    def call(_: Array, *arrays: Any) -> Any:
        with _calls.call():
            if not _calls.closing:
                with kept_errors():
                    return held(*arrays)
        # Of all errors TensorFlow takes this one without a word.
        raise StopIteration

    return tf.numpy_function(call, [tensor, *inputs], kinds)


@tf.autograph.experimental.do_not_convert
def from_generator(
    function: Callable[..., Iterable[Any]],
    args: Sequence[Tensor] = (),
    **options: Any,
) -> tf.data.Dataset:
    """`from_generator`, whose function is freed with the pipeline.

    A call that waits does not keep the program from ending.

    Args:
        function: Returns what is iterated over.
        args: Tensors that it is called with. Defaults to none.
        **options: Of `tf.data.Dataset.from_generator`.
    """
    tensor, held = _held_by_tensor(function)

    def items(_: Array, *arrays: Any) -> Iterator[Any]:
        with _calls.call(), kept_errors():
            iterator = iter(held(*arrays))
        while not _calls.closing:
            with _calls.call(), kept_errors():
                try:
                    item = next(iterator)
                except StopIteration:
                    return
            yield item

    return tf.data.Dataset.from_generator(
        items, args=(tensor, *args), **options
    )
