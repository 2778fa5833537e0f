import io
import sys
import time

import pytest

from keras_av.ops.progress import Progress, known_length


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock(monkeypatch):
    """Seconds that have passed, set by a test."""
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def written(monkeypatch, stream):
    monkeypatch.setattr(sys, "stderr", stream)
    return stream


def test_a_terminal_has_one_line_that_is_gone_in_the_end(monkeypatch, clock):
    stream = written(monkeypatch, Terminal())
    with Progress("scan", 400, "files") as progress:
        progress.add(100)
        assert stream.getvalue() == ""
        clock[0] += 3
        progress.add(0)
        assert stream.getvalue() == "\r\x1b[Kscan: 100 of 400 files, 0:09 left"
        clock[0] += 0.1
        progress.add(1)
        assert stream.getvalue().count("scan") == 1
        clock[0] += 0.2
        progress.add(1)
        assert stream.getvalue().endswith("102 of 400 files, 0:10 left")
    assert stream.getvalue().endswith("left\r\x1b[K")


def test_a_log_file_has_plain_lines_each_minute(monkeypatch, clock):
    stream = written(monkeypatch, io.StringIO())
    for _ in Progress("encode", 10, "batches").over(range(10)):
        clock[0] += 30
    assert stream.getvalue().splitlines() == [
        "encode: 1 of 10 batches, 4:30 left",
        "encode: 3 of 10 batches, 3:30 left",
        "encode: 5 of 10 batches, 2:30 left",
        "encode: 7 of 10 batches, 1:30 left",
        "encode: 9 of 10 batches, 0:30 left",
    ]


@pytest.mark.parametrize("stream", [Terminal(), io.StringIO()])
def test_what_is_quick_or_not_wanted_tells_nothing(monkeypatch, clock, stream):
    written(monkeypatch, stream)
    assert list(Progress("scan", 3, "files").over("abc")) == list("abc")
    with Progress("scan", 3, "files", verbose=False) as progress:
        clock[0] += 1000
        progress.add()
    assert stream.getvalue() == ""


def test_the_line_goes_where_the_work_fails(monkeypatch, clock):
    stream = written(monkeypatch, Terminal())
    with pytest.raises(KeyError), Progress("scan", 3, "files") as progress:
        clock[0] += 5
        progress.add()
        raise KeyError
    assert stream.getvalue().endswith("\r\x1b[K")


@pytest.mark.parametrize(
    "total, seconds, line",
    [
        (None, 9.0, "scan: 2 files"),
        (2, 9.0, "scan: 2 of 2 files, 0:00 left"),
        # More than there should be.
        (1, 9.0, "scan: 1 of 1 files, 0:00 left"),
        (4, 7200.0, "scan: 2 of 4 files, 2:00:00 left"),
        (4, 119.6, "scan: 2 of 4 files, 2:00 left"),
    ],
)
def test_lines(total, seconds, line):
    progress = Progress("scan", total, "files")
    progress.add(2)
    assert progress.line(seconds) == line


def test_nothing_done_is_no_division_by_zero():
    assert Progress("scan", 4, "files").line(1.0) == (
        "scan: 0 of 4 files, 0:04 left"
    )


def test_known_length():
    assert known_length(range(3)) == 3
    assert known_length(x for x in "ab") is None
