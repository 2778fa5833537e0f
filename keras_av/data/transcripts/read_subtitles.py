"""Spans of words from subtitle files."""

import codecs
import html
import io
import os
import pathlib
import re
from types import ModuleType

from keras_av.data.transcripts.span import Span, check_span

FORMATS = (".vtt", ".srt")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# Places on the screen, such as {\an8}, which other players know.
_OVERRIDES = re.compile(r"\{\\[^}]*\}")


def read_subtitles(path: str | os.PathLike[str]) -> list[Span]:
    """Read a subtitle file, WebVTT or SubRip.

    Tags, places and comments are left out, and the lines of a span joined.
    Spans come in the order of their starts, and may overlap; those without
    words are left out.

    Args:
        path: Path of the file, `.vtt` or `.srt`. UTF-8, or UTF-16 with a byte
            order mark.

    Returns:
        A list of `Span`s.

    Raises:
        ImportError: If webvtt-py is not installed.
        OSError: If the file cannot be read.
        ValueError: If it has another encoding, holds no span, or one of its
            spans cannot be understood or ends before it starts. The message
            names the file.

    Examples:

    >>> import pathlib, tempfile
    >>> from keras_av.data import read_subtitles
    >>> path = pathlib.Path(tempfile.mkdtemp(), "talk.en.srt")
    >>> _ = path.write_text("1\\n00:00:01,000 --> 00:00:02,500\\n<i>Hello</i>")
    >>> read_subtitles(path)
    [Span(start=1.0, end=2.5, text='Hello')]
    """
    webvtt = _webvtt()
    path = pathlib.Path(path)
    if path.suffix.lower() not in FORMATS:
        raise ValueError(
            f"{str(path)!r} is no subtitle file. Expected a name that ends in "
            f"one of {FORMATS}"
        )
    try:
        # It takes blank lines at the beginning for another format.
        text = _decoded(path.read_bytes()).strip() + "\n"
        kind = path.suffix.lower().removeprefix(".")
        captions = webvtt.from_buffer(io.StringIO(text), kind)
        _check_all(text, len(captions))
        found = [
            Span(_seconds(one.start), _seconds(one.end), _words(one.text))
            for one in captions
        ]
        spans = sorted(check_span(span) for span in found if span.text)
        if not spans:
            raise ValueError("it holds no words")
    except (ValueError, webvtt.errors.MalformedFileError) as error:
        raise ValueError(
            f"{str(path)!r} cannot be read as subtitles: {error}"
        ) from error
    return spans


def _webvtt() -> ModuleType:
    try:
        import webvtt
    except ImportError as error:
        raise ImportError(
            "Subtitle files are read by webvtt-py, which is not installed. "
            "Install it with: pip install 'keras_av[subtitles]'"
        ) from error
    return webvtt


def _decoded(data: bytes) -> str:
    if not data.strip():
        raise ValueError("the file is empty")
    if data.startswith(_UTF_16):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"it is no UTF-8 at byte {error.start}. Save it as UTF-8"
        ) from error


def _check_all(text: str, count: int) -> None:
    """Refuse a file of which the parser has passed over some spans."""
    written = sum("-->" in line for line in text.splitlines())
    if written != count:
        raise ValueError(
            f"{written} lines have the arrow of a span, '-->', but {count} "
            "spans can be understood. Correct their times, as in "
            "'00:00:01.000 --> 00:00:02.500'"
        )


def _seconds(time: str) -> float:
    hours, minutes, seconds = time.split(":")
    return 3600 * int(hours) + 60 * int(minutes) + float(seconds)


def _words(text: str) -> str:
    return " ".join(html.unescape(_OVERRIDES.sub("", text)).split())
