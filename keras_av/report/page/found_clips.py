"""What sounds and pictures find, as clips that play."""

import dataclasses
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from keras_av.metrics.pair_ranks import pair_ranks
from keras_av.ops.types import Array
from keras_av.report.evenly import evenly
from keras_av.report.page.clip_rows import clip_rows
from keras_av.report.page.movie_sources import MovieSources, Source

# Queries over all clips, the worst of them, and results of each.
_EVEN, _WORST, _RESULTS = 4, 2, 4
_OTHER = {"audio": "video", "video": "audio"}
# A query, the rank of its counterpart, and results, by their places.
Numbers = tuple[int, int, list[int]]


@dataclasses.dataclass(frozen=True)
class Shown:
    """A clip on the page.

    Args:
        source: Data URIs of the clip, or empty if there was no room.
        text: What it is.
        right: Whether it is what was asked for.
    """

    source: Source
    text: str
    right: bool = False


@dataclasses.dataclass(frozen=True)
class Row:
    """A query and what it finds, best first."""

    query: Shown
    results: list[Shown]


class FoundClips:
    """Rows of clips that play with their sound.

    Args:
        embeddings: Unit vectors `video` and `audio`, `(num_clips, dim)`, and
            the `index` of their clips, as returned by `embed_pairs`.
        clips: Batches with `video`, `audio` and `index` of the same clips, and
            `label` if `class_names` are given.
        sampling_rate: Sampling rate of the sound in Hz.
        class_names: Names of the classes. Defaults to none.

    Examples:

    >>> import numpy as np
    >>> from keras_av.report.page.found_clips import FoundClips
    >>> batch = {"video": np.zeros((3, 2, 16, 16, 3)), "index": np.arange(3),
    ...          "audio": np.zeros((3, 8000))}
    >>> pairs = {"video": np.eye(3), "audio": np.eye(3)[[0, 2, 1]],
    ...          "index": np.arange(3)}
    >>> rows = FoundClips(pairs, [batch], 16000).rows("audio")
    >>> [row.query.text for row in rows]
    ['rank 1 of 3', 'rank 3 of 3', 'rank 3 of 3']
    """

    def __init__(
        self,
        embeddings: Mapping[str, Array],
        clips: Iterable[Mapping[str, Any]],
        sampling_rate: int,
        class_names: Sequence[str] = (),
    ) -> None:
        unit = {
            modality: np.asarray(embeddings[modality], "float64")
            for modality in _OTHER
        }
        self._num = len(embeddings["index"])
        self._found = {
            name: _found(unit[name], unit[other])
            for name, other in _OTHER.items()
        }
        self._near = {name: _near(rows) for name, rows in unit.items()}
        shown = {
            number
            for rows in (*self._found.values(), *self._near.values())
            for query, _, results in rows
            for number in (query, *results)
        }
        self._sampling_rate = sampling_rate
        self._names = class_names
        self._labels, self._clips = _read(clips, embeddings["index"], shown)
        self._sources = MovieSources()

    def rows(self, modality: str) -> list[Row]:
        """What one modality finds in the other.

        Args:
            modality: That of the queries, `"audio"` or `"video"`.
        """
        return [
            Row(
                self._shown(query, f"rank {rank} of {self._num}"),
                [self._shown(k, right=k == query) for k in results],
            )
            for query, rank, results in self._found[modality]
        ]

    def neighbours(self, modality: str) -> list[Row]:
        """The clips that are most like some clips in one modality.

        Args:
            modality: `"audio"` or `"video"`.
        """
        return [
            Row(self._shown(query), [self._shown(k) for k in results])
            for query, _, results in self._near[modality]
        ]

    @property
    def labels(self) -> list[int]:
        """Class of each clip; -1 for none."""
        return self._labels

    def _shown(self, number: int, text: str = "", right: bool = False) -> Shown:
        label = self._labels[number]
        named = 0 <= label < len(self._names)
        parts = [self._names[label] if named else "", text]
        clip = self._clips[number]
        source = self._sources.source(number, clip, self._sampling_rate)
        return Shown(source, ", ".join(filter(None, parts)), right)


def _found(queries: Array, gallery: Array) -> list[Numbers]:
    """Some queries and the worst, with what they find in the gallery."""
    order = np.argsort(-queries @ gallery.T, axis=1, kind="stable")
    ranks = pair_ranks(queries, gallery)
    even = evenly(len(order), _EVEN)
    worst = [k for k in np.argsort(-ranks).tolist() if k not in even]
    return [
        (query, int(ranks[query]), order[query, :_RESULTS].tolist())
        for query in [*even, *worst[:_WORST]]
    ]


def _near(rows: Array) -> list[Numbers]:
    """Some rows, with those that are most like them."""
    cosines = rows @ rows.T
    np.fill_diagonal(cosines, -np.inf)
    order = np.argsort(-cosines, axis=1, kind="stable")[:, :-1]
    return [
        (query, 0, order[query, :_RESULTS].tolist())
        for query in evenly(len(rows), _EVEN)
    ]


def _read(
    clips: Iterable[Mapping[str, Any]], index: Array, shown: Collection[int]
) -> tuple[list[int], dict[int, dict[str, Array]]]:
    """Labels of the clips of an index, in its order, and those shown."""
    numbers = {row: number for number, row in enumerate(index.tolist())}
    labels, kept = [-1] * len(numbers), {}
    for clip in clip_rows(clips):
        number = numbers.get(int(clip["index"]))
        if number is None:
            continue
        labels[number] = int(clip.get("label", -1))
        if number in shown:
            # Views of a batch would keep all of it, and all clips may not fit
            # into memory.
            kept[number] = {k: np.array(v) for k, v in clip.items()}
    return labels, kept
