"""Several streams, read in threads and joined in order."""

import collections
import contextlib
import queue
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Any

_END = object()
# How often a thread that waits looks whether it is still wanted, in seconds.
_PATIENCE = 0.1

Stream = Callable[[], Generator[Any, None, None]]


def read_ahead(
    streams: Iterable[Stream], num_workers: int, buffer_size: int
) -> Iterator[Any]:
    """Give all items of the first stream, then those of the second, and so on.

    While one stream is given the following ones are read already, each in a
    thread of its own, until its buffer is full. The order is the same for
    any number of threads.

    Args:
        streams: Functions that begin to read.
        num_workers: Streams that are open at once.
        buffer_size: Items of each that are held.

    Raises:
        BaseException: What a stream raises, in its place.
    """
    stop = threading.Event()
    remaining = iter(streams)
    waiting: collections.deque[queue.Queue[Any]] = collections.deque()
    threads = []

    def start() -> None:
        stream = next(remaining, None)
        if stream is None:
            return
        items: queue.Queue[Any] = queue.Queue(buffer_size)
        thread = threading.Thread(
            target=_read,
            args=(stream, items, stop),
            name="keras_av.data",
            daemon=True,
        )
        thread.start()
        threads.append(thread)
        waiting.append(items)

    try:
        for _ in range(num_workers):
            start()
        while waiting:
            yield from _items(waiting[0])
            waiting.popleft()
            threads.pop(0).join()
            start()
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _items(items: queue.Queue[Any]) -> Iterator[Any]:
    while True:
        item, error = items.get()
        if error is not None:
            raise error
        if item is _END:
            return
        yield item


def _read(
    stream: Stream, items: queue.Queue[Any], stop: threading.Event
) -> None:
    try:
        with contextlib.closing(stream()) as opened:
            for item in opened:
                if not _put(items, (item, None), stop):
                    return
    except BaseException as error:
        _put(items, (None, error), stop)
        return
    _put(items, (_END, None), stop)


def _put(
    items: queue.Queue[Any], entry: tuple[Any, ...], stop: threading.Event
) -> bool:
    """Wait for room; false if nobody reads any more."""
    while not stop.is_set():
        with contextlib.suppress(queue.Full):
            items.put(entry, timeout=_PATIENCE)
            return True
    return False
