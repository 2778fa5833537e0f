"""Errors of Python functions that TensorFlow's pipelines call."""

import collections
import contextlib
import copy
from collections.abc import Iterator

# The newest that pipelines have met.
_kept: collections.deque[Exception] = collections.deque(maxlen=16)


@contextlib.contextmanager
def kept_errors() -> Iterator[None]:
    """Keep an error that is raised within a function of a pipeline.

    TensorFlow replaces it by one of its own, with the trace of its graph.
    """
    try:
        yield
    except StopIteration:
        raise
    except Exception as error:
        # Without the traceback, which holds all that the function refers to.
        _kept.append(copy.copy(error))
        raise


@contextlib.contextmanager
def own_errors() -> Iterator[None]:
    """Raise the error of a pipeline's function in place of TensorFlow's.

    Examples:

    >>> import tensorflow as tf
    >>> from keras_av.ops.own_errors import kept_errors, own_errors
    >>> def read(number):
    ...     with kept_errors():
    ...         raise ValueError("a.mp4 has no frames")
    >>> dataset = tf.data.Dataset.range(1).map(
    ...     lambda x: tf.numpy_function(read, [x], tf.int64))
    >>> with own_errors():
    ...     list(dataset)
    Traceback (most recent call last):
    ValueError: a.mp4 has no frames
    """
    try:
        yield
    except Exception as error:
        own = _own(error)
        if own is None:
            raise
        raise own from None


def _own(error: Exception) -> Exception | None:
    """The error that was wrapped in one of TensorFlow's; None for others."""
    if not type(error).__module__.startswith("tensorflow."):
        return None
    said = str(error)
    told = [own for own in reversed(_kept) if str(own) and str(own) in said]
    # The words of another one may be the beginning of these.
    return max(told, key=lambda own: len(str(own)), default=None)
