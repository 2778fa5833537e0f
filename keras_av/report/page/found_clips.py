"""What sounds and pictures find, as clips that play."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from keras_av.metrics.pair_ranks import pair_ranks
from keras_av.ops.types import Array
from keras_av.report.evenly import evenly
from keras_av.report.page.clip_rows import clip_rows
from keras_av.report.page.movie_sources import MovieSources, Source

# Queries over all clips, the worst of them, and results of each.
_EVEN, _WORST, _RESULTS = 4, 2, 4


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
        self._embeddings = embeddings
        self._sampling_rate = sampling_rate
        self._names = class_names
        self._clips = _by_index(clips, embeddings["index"])
        self._sources = MovieSources()

    def rows(self, modality: str) -> list[Row]:
        """What one modality finds in the other.

        Args:
            modality: That of the queries, `"audio"` or `"video"`.
        """
        other = {"audio": "video", "video": "audio"}[modality]
        queries, gallery = (
            np.asarray(self._embeddings[name], "float64")
            for name in (modality, other)
        )
        order = np.argsort(-queries @ gallery.T, axis=1, kind="stable")
        num, ranks = len(order), pair_ranks(queries, gallery)
        even = evenly(num, _EVEN)
        worst = [k for k in np.argsort(-ranks).tolist() if k not in even]
        return [
            Row(
                self._shown(query, f"rank {ranks[query]} of {num}"),
                [
                    self._shown(k, right=k == query)
                    for k in order[query, :_RESULTS].tolist()
                ],
            )
            for query in [*even, *worst[:_WORST]]
        ]

    def neighbours(self, modality: str) -> list[Row]:
        """The clips that are most like some clips in one modality.

        Args:
            modality: `"audio"` or `"video"`.
        """
        rows = np.asarray(self._embeddings[modality], "float64")
        cosines = rows @ rows.T
        np.fill_diagonal(cosines, -np.inf)
        order = np.argsort(-cosines, axis=1, kind="stable")[:, :-1]
        return [
            Row(
                self._shown(query),
                [self._shown(k) for k in order[query, :_RESULTS].tolist()],
            )
            for query in evenly(len(rows), _EVEN)
        ]

    @property
    def labels(self) -> list[int]:
        """Class of each clip; -1 for none."""
        return [self._label(number) for number in range(len(self._clips))]

    def _label(self, number: int) -> int:
        return int(self._clips[number].get("label", -1))

    def _shown(self, number: int, text: str = "", right: bool = False) -> Shown:
        label = self._label(number)
        named = 0 <= label < len(self._names)
        parts = [self._names[label] if named else "", text]
        clip = self._clips[number]
        source = self._sources.source(number, clip, self._sampling_rate)
        return Shown(source, ", ".join(filter(None, parts)), right)


def _by_index(
    clips: Iterable[Mapping[str, Any]], index: Array
) -> list[dict[str, Array]]:
    """Clips of an index, in its order."""
    found = {int(clip["index"]): clip for clip in clip_rows(clips)}
    return [found[number] for number in index.tolist()]
