"""Words, and when they are said."""

from typing import NamedTuple


class Span(NamedTuple):
    """Words, and when in a file they are said.

    Args:
        start: Start, in seconds from the beginning of the file.
        end: End, in seconds, after the start.
        text: Words.

    Examples:

    >>> from keras_av.data import Span
    >>> Span(0.5, 2.0, "It rings.")
    Span(start=0.5, end=2.0, text='It rings.')
    """

    start: float
    end: float
    text: str


def check_span(span: Span) -> Span:
    """Return a span whose times are in order, and finite but for the end.

    Raises:
        ValueError: If they are not.
    """
    if not 0 <= span.start < span.end:
        raise ValueError(
            "a span must start at 0 seconds or later, and end after that. "
            f"Received: {span.start} to {span.end}, {span.text[:50]!r}"
        )
    return span
