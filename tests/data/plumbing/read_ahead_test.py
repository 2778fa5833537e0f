import threading
import time

import numpy as np
import pytest

from keras_av.data.plumbing.read_ahead import read_ahead


def counting(number, length, pause=0.0):
    def stream():
        for item in range(length):
            time.sleep(pause)
            yield number, item

    return stream


@pytest.mark.parametrize("num_workers", [1, 2, 7])
@pytest.mark.parametrize("buffer_size", [1, 5])
def test_joins_in_order(num_workers, buffer_size):
    lengths = np.random.default_rng(0).integers(0, 8, 12).tolist()
    streams = [counting(n, c, 1e-3 * (n % 3)) for n, c in enumerate(lengths)]
    got = list(read_ahead(streams, num_workers, buffer_size))
    assert got == [(n, i) for n, c in enumerate(lengths) for i in range(c)]


def test_reads_several_at_once():
    barrier = threading.Barrier(3, timeout=10)

    def stream():
        barrier.wait()
        yield 1

    assert list(read_ahead([stream] * 3, 3, 1)) == [1, 1, 1]


def test_holds_no_more_than_it_may():
    made = []

    def stream():
        for item in range(100):
            made.append(item)
            yield item

    items = read_ahead([stream], 1, 4)
    next(items)
    time.sleep(0.2)
    # Four in the buffer, one given, and one that waits for room.
    assert len(made) <= 6
    items.close()


def test_an_error_comes_in_its_place():
    def bad():
        yield "good"
        raise KeyError("bad")

    items = read_ahead([counting(0, 2), bad, counting(1, 2)], 3, 4)
    assert [next(items) for _ in range(3)] == [(0, 0), (0, 1), "good"]
    with pytest.raises(KeyError, match="bad"):
        next(items)


def test_closing_closes_the_streams():
    closed = []

    def stream():
        try:
            while True:
                yield 1
        finally:
            closed.append(True)

    items = read_ahead([stream] * 5, 2, 3)
    next(items)
    items.close()
    assert closed == [True, True]
    assert not [t for t in threading.enumerate() if "keras_av" in t.name]


def test_its_threads_keep_no_process_alive():
    """One that waits for a file must not outlive the program."""
    waits = threading.Event()

    def stream():
        yield 1
        waits.wait(10)

    items = read_ahead([stream], 1, 1)
    next(items)
    own = [t for t in threading.enumerate() if t.name == "keras_av.data"]
    waits.set()
    assert own and all(thread.daemon for thread in own)
    assert list(items) == []
