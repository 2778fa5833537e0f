"""What networks take clips for, beside the clips."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from keras_av.ops.types import Array
from keras_av.report.page.clip_rows import clip_rows
from keras_av.report.page.found_clips import Shown
from keras_av.report.page.movie_sources import MovieSources

_NUM_CLIPS = 10


class Answers:
    """Clips, their classes, and what networks take them for.

    Args:
        answers: Class of each clip by the name of a network, `(num_clips,)`.
        clips: Batches of the same clips, in the same order, with `video` and
            `label`, and `audio` if they are heard.
        class_names: Names of the classes.
        sampling_rate: Sampling rate of the sound in Hz.

    Raises:
        ValueError: If there are more or fewer answers than clips.

    Examples:

    >>> import numpy as np
    >>> from keras_av.report.page.answers import Answers
    >>> batch = {"video": np.zeros((2, 2, 16, 16, 3)),
    ...          "audio": np.zeros((2, 8000)), "label": np.array([0, 1])}
    >>> found = Answers({"teacher": [0, 1], "student": [0, 0]}, [batch],
    ...                 ["cat", "dog"], 16000)
    >>> found.shown()[0].text
    'dog; teacher: dog, student: cat'
    >>> found.note
    '1 of 2 clips are taken for different classes; these come first.'
    """

    def __init__(
        self,
        answers: Mapping[str, Array],
        clips: Iterable[Mapping[str, Any]],
        class_names: Sequence[str],
        sampling_rate: int,
    ) -> None:
        self._answers = {k: np.asarray(v) for k, v in answers.items()}
        self._names = class_names
        self._sampling_rate = sampling_rate
        self._apart = _apart(list(self._answers.values()))
        self._order = np.argsort(~self._apart, kind="stable")[:_NUM_CLIPS]
        # Only those that are shown: all may not fit into memory.
        shown, self._clips, number = set(self._order.tolist()), {}, -1
        for number, clip in enumerate(clip_rows(clips)):
            if number in shown:
                # Clips that are only seen have no sound. Views of a batch
                # would keep all of it.
                copies = {name: np.array(value) for name, value in clip.items()}
                self._clips[number] = {"audio": np.zeros(0), **copies}
        for name, given in self._answers.items():
            if given.shape != (number + 1,):
                raise ValueError(
                    f"answers must hold one class for each of the {number + 1} "
                    f"clips. Received: shape {given.shape} for {name!r}"
                )

    @property
    def note(self) -> str:
        """How many clips are taken for different classes."""
        return (
            f"{self._apart.sum()} of {len(self._apart)} clips are taken for "
            "different classes; these come first."
        )

    def shown(self) -> list[Shown]:
        """Some clips, those that are taken for different classes first."""
        sources = MovieSources()
        return [self._shown(number, sources) for number in self._order.tolist()]

    def _shown(self, number: int, sources: MovieSources) -> Shown:
        clip = self._clips[number]
        said = ", ".join(
            f"{name}: {self._name(int(given[number]))}"
            for name, given in self._answers.items()
        )
        source = sources.source(number, clip, self._sampling_rate)
        return Shown(source, f"{self._name(int(clip['label']))}; {said}")

    def _name(self, number: int) -> str:
        known = 0 <= number < len(self._names)
        return self._names[number] if known else "no class"


def _apart(answers: Sequence[Array]) -> Array:
    """Whether networks take a clip for different classes, `(num_clips,)`."""
    if len({given.shape for given in answers}) > 1:
        # It is told which one does not fit the clips.
        return np.zeros(0, bool)
    columns = np.stack(answers)
    return (columns != columns[0]).any(axis=0)
