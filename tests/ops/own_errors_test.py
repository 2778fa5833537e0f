import gc
import weakref

import pytest

from keras_av.ops.own_errors import kept_errors, own_errors


class Wrapped(Exception):
    """As TensorFlow wraps what its graphs call."""


Wrapped.__module__ = "tensorflow.python.framework.errors_impl"


class Held:
    """Something large that a function refers to."""


def fail(error, held=None):
    with kept_errors():
        raise error


def test_the_newest_that_is_told_of_is_raised():
    for number in range(3):
        with pytest.raises(ValueError):
            fail(ValueError(f"file {number}"))
    with pytest.raises(ValueError, match="^file 1$") as error, own_errors():
        raise Wrapped("UnknownError: ValueError: file 1\nTraceback ...")
    assert error.value.__suppress_context__


@pytest.mark.parametrize(
    "order", [("file 7", "file 70"), ("file 70", "file 7")]
)
def test_words_that_begin_alike_are_told_apart(order):
    for words in order:
        with pytest.raises(ValueError):
            fail(ValueError(words))
    with pytest.raises(ValueError, match="^file 70$"), own_errors():
        raise Wrapped("ValueError: file 70\nTraceback ...")


def test_the_newest_of_the_same_words_is_raised():
    for number in range(2):
        with pytest.raises(OSError):
            fail(
                OSError(number, "gone", "a.mp4") if number else OSError("gone")
            )
    with pytest.raises(OSError) as error, own_errors():
        raise Wrapped(f"OSError: {OSError(1, 'gone', 'a.mp4')}")
    assert error.value.filename == "a.mp4"


def test_others_stay():
    with pytest.raises(ValueError):
        fail(ValueError("file 0"))
    with pytest.raises(Wrapped), own_errors():
        raise Wrapped("out of memory")
    with pytest.raises(RuntimeError), own_errors():
        raise RuntimeError("file 0")


def test_the_end_of_a_generator_is_no_error():
    with pytest.raises(StopIteration):
        fail(StopIteration("the end of it"))
    with pytest.raises(Wrapped), own_errors():
        raise Wrapped("the end of it")


def test_nothing_that_the_function_refers_to_is_kept():
    held = Held()
    alive = weakref.ref(held)
    try:
        fail(ValueError("a file"), held)
    except ValueError:
        pass
    del held
    gc.collect()
    assert alive() is None
