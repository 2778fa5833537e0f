"""What is said in the files of a manifest."""

import copy
import csv
import os
import pathlib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Self

import numpy as np
from absl import logging

from keras_av.data.table.file_table import FileTable
from keras_av.data.transcripts.read_subtitles import FORMATS, read_subtitles
from keras_av.data.transcripts.span import Span, check_span
from keras_av.ops.types import Array
from keras_av.ops.write_whole import write_whole

# Of ISO 639: undetermined.
UNKNOWN = "und"
_TAG = re.compile(r"[a-z]{2,3}(-[a-z0-9]{1,8})*", re.IGNORECASE)
_COLUMNS = ("path", "start", "end", "language", "text")


class Transcripts:
    """What is said in media files, when, and in which languages.

    A transcript may be in another language than the sound, and there may be
    several of a file. `keras_av.data.clips` gives each clip the words of its
    window. A span belongs to a clip if at least half of the span lies in the
    window or, if the span is longer than the window, if it takes at least half
    of the window. The spans of a clip are joined in the order of their starts.

    Args:
        spans: By the path of a file, relative to the root of its manifest, and
            the tag of a language (such as `"en"` or `"pt-br"`; `"und"` is
            unknown), the `Span`s in any order.
        refused: What is wrong with subtitle files that could not be read, by
            their paths. Defaults to none.

    Raises:
        ValueError: If a span ends before it starts, or nothing is said.

    Examples:

    >>> from keras_av.data import Span, Transcripts
    >>> transcripts = Transcripts({"talk.mp4": {
    ...     "en": [Span(0, 2, "It rings."), Span(2, 5, "Then it is quiet.")],
    ...     "de": [Span(0, 2, "Es klingt.")]}})
    >>> transcripts.spoken("talk.mp4", 0.5, 2.5)
    {'de': 'Es klingt.', 'en': 'It rings.'}
    >>> transcripts.where(language="de").sentences()
    ['Es klingt.']
    """

    def __init__(
        self,
        spans: Mapping[str, Mapping[str, Sequence[Span]]],
        refused: Mapping[str, str] | None = None,
    ):
        self._spans: dict[str, dict[str, list[Span]]] = {}
        for path, by_language in spans.items():
            of_file: dict[str, list[Span]] = {}
            for language, given in by_language.items():
                known = [check_span(Span(*span)) for span in given]
                if known:
                    of_file.setdefault(language.lower(), []).extend(known)
            if of_file:
                self._spans[path] = {
                    tag: sorted(found) for tag, found in sorted(of_file.items())
                }
        self.refused = dict(refused or {})
        if not self._spans:
            raise ValueError(
                "Nothing is said in any file. Received: no spans"
                + _listed(self.refused)
            )
        self._times = {
            (path, language): np.array([span[:2] for span in of_language])
            for path, of_file in self._spans.items()
            for language, of_language in of_file.items()
        }

    @classmethod
    def beside(cls, files: FileTable) -> Self:
        """Read the subtitle files beside the files of a manifest.

        Beside `talk.mp4` these are `talk.vtt` and `talk.srt`, of unknown
        language, and `talk.en.vtt`, `talk.pt-BR.srt` and so on. What cannot be
        read, and an `.srt` file beside a `.vtt` file of the same language, is
        left out, logged as a warning and named in `refused`.

        Args:
            files: `Manifest` of the media files.

        Raises:
            ImportError: If webvtt-py is not installed.
            ValueError: If no file has a transcript that can be read.
        """
        spans: dict[str, dict[str, list[Span]]] = {}
        refused: dict[str, str] = {}
        for found in _subtitles(files):
            of_file = spans.setdefault(found.media, {})
            name = str(found.path)
            try:
                if found.language in of_file:
                    raise ValueError(
                        f"{name!r} is not read: beside it is a .vtt file of "
                        "the same language"
                    )
                of_file[found.language] = read_subtitles(found.path)
            except (ValueError, OSError) as error:
                refused[name] = str(error)
                logging.warning("%s", error)
        return cls(spans, refused)

    @classmethod
    def from_csv(cls, path: str | os.PathLike[str]) -> Self:
        """Read a CSV file with the columns path, text[, start, end, language].

        A row without times is of the whole file. Further columns are ignored.

        Args:
            path: Path of the CSV file. Paths in it are those of the manifest.

        Raises:
            ValueError: If a column is missing, or a value cannot be
                understood.
        """
        spans: dict[str, dict[str, list[Span]]] = {}
        try:
            with open(path, newline="", encoding="utf-8-sig") as file:
                for row in csv.DictReader(file):
                    name, language, span = _of_row(row)
                    of_file = spans.setdefault(name, {})
                    of_file.setdefault(language, []).append(span)
        except (csv.Error, ValueError) as error:
            raise ValueError(
                f"{os.fspath(path)!r} holds no transcripts: {error}"
            ) from error
        return cls(spans)

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write a CSV file for `from_csv`, whole or not at all.

        Args:
            path: Path of the CSV file.
        """
        with (
            write_whole(path) as aside,
            open(aside, "w", newline="", encoding="utf-8") as file,
        ):
            writer = csv.writer(file)
            writer.writerow(_COLUMNS)
            for name, of_file in sorted(self._spans.items()):
                for language, spans in of_file.items():
                    for start, end, text in spans:
                        writer.writerow([name, start, end, language, text])

    @property
    def languages(self) -> tuple[str, ...]:
        """Tags of all languages."""
        found = (tag for of_file in self._spans.values() for tag in of_file)
        return tuple(sorted(set(found)))

    def where(self, language: str | Collection[str]) -> Self:
        """The transcripts in some languages.

        Args:
            language: Tag of a language, or several in the order in which they
                are preferred; otherwise that is the order of the alphabet.
                `"en"` stands for `"en-us"` and the like, too.

        Raises:
            ValueError: If there are none.
        """
        asked = [language] if isinstance(language, str) else list(language)
        spans = {
            path: {
                tag: of_file[tag]
                for one in asked
                for tag in of_file
                if _is_of(tag, one.lower())
            }
            for path, of_file in self._spans.items()
        }
        if not any(spans.values()):
            raise ValueError(
                f"No transcript is in {asked}. There are {self.languages}"
            )
        chosen = copy.copy(self)
        chosen._spans = {path: found for path, found in spans.items() if found}
        return chosen

    def spoken(self, path: str, start: float, end: float) -> dict[str, str]:
        """What is said in a part of a file, by language.

        Args:
            path: Path of the file, as in its manifest.
            start: Start of the part, in seconds.
            end: End of the part, in seconds.
        """
        found = {}
        for language, spans in self._spans.get(path, {}).items():
            inside = _belong(self._times[path, language], start, end)
            if inside.any():
                numbers = np.flatnonzero(inside)
                found[language] = " ".join(spans[n].text for n in numbers)
        return found

    def sentences(self, files: FileTable | None = None) -> list[str]:
        """The words of all spans, such as to find a vocabulary.

        Args:
            files: Files whose spans are wanted, such as those to train on.
                Defaults to all.
        """
        paths = self._spans if files is None else files.path.tolist()
        return [
            span.text
            for path in paths
            for spans in self._spans.get(path, {}).values()
            for span in spans
        ]

    def covers(self, files: FileTable) -> Array:
        """Whether anything is said in each file, `(files,)`.

        Args:
            files: The files.
        """
        return np.array([path in self._spans for path in files.path.tolist()])

    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__} of {len(self._spans)} files in "
            f"{', '.join(self.languages)}>"
        )


class _Subtitles(NamedTuple):
    """A subtitle file, its media file and its language."""

    media: str
    path: pathlib.Path
    language: str


def _subtitles(files: FileTable) -> Iterator[_Subtitles]:
    """The subtitle files beside media files, `.vtt` before `.srt`."""
    folders: dict[pathlib.Path, dict[str, list[tuple[pathlib.Path, str]]]] = {}
    for row, media in enumerate(files.path.tolist()):
        path = pathlib.Path(files.full_path(row))
        if path.parent not in folders:
            folders[path.parent] = _of_folder(path.parent)
        for subtitles, tag in folders[path.parent].get(path.stem, []):
            yield _Subtitles(media, subtitles, tag)


def _of_folder(
    folder: pathlib.Path,
) -> dict[str, list[tuple[pathlib.Path, str]]]:
    """Subtitle files and their languages, by the stem of a media file."""
    by_stem: dict[str, list[tuple[pathlib.Path, str]]] = {}
    there = folder.iterdir() if folder.is_dir() else ()
    found = [path for path in there if path.suffix.lower() in FORMATS]
    for path in sorted(
        found, key=lambda p: (FORMATS.index(p.suffix.lower()), p)
    ):
        by_stem.setdefault(path.stem, []).append((path, UNKNOWN))
        stem, _, tag = path.stem.rpartition(".")
        if stem and _TAG.fullmatch(tag):
            by_stem.setdefault(stem, []).append((path, tag.lower()))
    return by_stem


def _is_of(tag: str, language: str) -> bool:
    return tag == language or tag.startswith(f"{language}-")


def _belong(times: Array, start: float, end: float) -> Array:
    """Which spans, `(spans, 2)`, belong to a window."""
    starts, ends = times.T
    common = np.minimum(ends, end) - np.maximum(starts, start)
    least = np.minimum(ends - starts, end - start) / 2
    # Times are decimals, and sums of them are rounded.
    return (common > 0) & (common >= least - 1e-9)


def _of_row(row: Mapping[str, Any]) -> tuple[str, str, Span]:
    """The path, the language and the span of a row of a CSV file."""
    for name in ("path", "text"):
        if not row.get(name):
            raise ValueError(f"a row has no {name!r}: {dict(row)}")
    start, end = row.get("start") or 0.0, row.get("end") or float("inf")
    span = check_span(Span(float(start), float(end), row["text"]))
    return row["path"], row.get("language") or UNKNOWN, span


def _listed(refused: Mapping[str, str]) -> str:
    if not refused:
        return ""
    words = "; ".join(list(refused.values())[:5])
    return f", and {len(refused)} files that cannot be read: {words}"
