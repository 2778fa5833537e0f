import pytest

from keras_av.data import Span
from keras_av.data.transcripts.span import check_span


def test_a_span_may_end_with_the_file():
    span = Span(0.0, float("inf"), "all of it")
    assert check_span(span) is span


@pytest.mark.parametrize(
    "start, end",
    [
        (2.0, 1.0),
        (1.0, 1.0),
        (-1.0, 1.0),
        (float("nan"), 1.0),
        (0.0, float("nan")),
    ],
)
def test_refuses_wrong_times(start, end):
    with pytest.raises(ValueError, match=r"end after that.*'backwards'"):
        check_span(Span(start, end, "backwards"))
