"""One file that tells what a run has learned."""

import importlib.metadata
import importlib.resources
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import jinja2
import keras
import numpy as np
from markupsafe import Markup

from keras_av.metrics import alignment, effective_rank, uniformity
from keras_av.ops.types import Array
from keras_av.ops.write_whole import write_whole
from keras_av.report.clips_note import clips_note
from keras_av.report.format_table import format_cell
from keras_av.report.page.answers import Answers
from keras_av.report.page.cost_chart import cost_chart
from keras_av.report.page.curve import curve
from keras_av.report.page.found_clips import FoundClips, Row, Shown
from keras_av.report.page.movie_sources import MovieSources
from keras_av.report.page.scatter import COLORS, scatter
from keras_av.report.page.thumbnails import thumbnails

_PAIRS = (
    "On the left what is asked for, then the nearest clips, best first; the "
    "right one has a frame. The last rows are the worst."
)
_MAP = (
    "Two principal components of all embeddings: circles are frames, squares "
    "are sounds."
)
_NEIGHBOURS = "On the left a clip, then those most like it, best first."
# Results beside what is asked for.
_IN_A_ROW = 4
# No measurements, and those that never change.
_NO_CURVES = ("epoch", "phase", "chance")


class RunPage:
    """A self-contained page of HTML about a run.

    Tables, curves, and clips that play with their sound are inside of one file
    of at most 5 MB, which needs no network and no script. Parts appear in the
    order in which they are added; write it after a killed run, too.

    Args:
        title: Title of the page.

    Examples:

    >>> import pathlib, tempfile
    >>> from keras_av.report import RunPage
    >>> page = RunPage("Contrast")
    >>> page.add_table({"trained": {"knn": 0.75}, "chance": {"knn": 0.125}})
    >>> page.add_curves({"epoch": [0, 1], "loss": [3.0, 2.0]})
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "report.html"
    >>> page.write(path)
    >>> "0.750" in path.read_text("utf-8")
    True
    """

    def __init__(self, title: str) -> None:
        self._title = title
        self._parts: list[dict[str, Any]] = []

    def add_table(
        self,
        columns: Mapping[str, Mapping[str, Any]],
        title: str = "Scores",
        num_clips: int | None = None,
    ) -> None:
        """Add a table of measurements.

        Args:
            columns: Measurements by the title of their column, as for
                `format_table`.
            title: Title of the part. Defaults to `"Scores"`.
            num_clips: Number of test clips, as for `format_table`. Defaults to
                None.
        """
        names = dict.fromkeys(n for found in columns.values() for n in found)
        rows = [
            (name, [format_cell(found.get(name)) for found in columns.values()])
            for name in names
        ]
        note = clips_note(columns, num_clips) if num_clips else ""
        self._add("table", title, heads=list(columns), rows=rows, note=note)

    def add_curves(
        self, log: Mapping[str, Sequence[float]], title: str = "While training"
    ) -> None:
        """Add the curve of each measurement over epochs.

        Args:
            log: Values of each epoch by name, such as `read_log(...)` or
                `fit(...).history`; `phase` numbers the phases.
            title: Title of the part. Defaults to `"While training"`.
        """
        phases = log.get("phase", ())
        curves = {
            name: curve(name, values, phases=phases)
            for name, values in log.items()
            if _is_curve(name)
        }
        self._add_curves(title, curves)

    def add_comparison(
        self,
        logs: Mapping[str, Mapping[str, Sequence[float]]],
        title: str = "While training",
    ) -> None:
        """Add the curves of several runs over each other.

        Args:
            logs: Values of each epoch by name, for each run.
            title: Title of the part. Defaults to `"While training"`.
        """
        names = dict.fromkeys(name for log in logs.values() for name in log)
        curves = {
            name: curve(name, *(log.get(name, ()) for log in logs.values()))
            for name in names
            if _is_curve(name)
        }
        self._add_curves(title, curves, list(logs))

    def _add_curves(
        self,
        title: str,
        curves: Mapping[str, Markup | None],
        runs: Sequence[str] = (),
    ) -> None:
        self._add(
            "curves",
            title,
            curves={name: svg for name, svg in curves.items() if svg},
            keys=_keys(runs),
        )

    def add_pairs(
        self,
        embeddings: Mapping[str, Array],
        clips: Iterable[Mapping[str, Any]],
        sampling_rate: int = 16000,
        class_names: Sequence[str] = (),
    ) -> None:
        """Add what sounds and frames find, neighbours, a map, and collapse.

        Args:
            embeddings: Unit vectors `video` and `audio`, `(num_clips, dim)`,
                and the `index` of their clips, as returned by `embed_pairs`.
            clips: Batches with `video`, `audio` and `index` of the same clips.
            sampling_rate: Sampling rate of the sound in Hz. Defaults to 16000.
            class_names: Names of the classes. Defaults to none.
        """
        found = FoundClips(embeddings, clips, sampling_rate, class_names)
        for modality, title in (
            ("audio", "What a sound finds"),
            ("video", "What frames find"),
        ):
            self._add("found", title, note=_PAIRS, rows=found.rows(modality))
        if len(embeddings["index"]) > 1:
            for modality, title in (
                ("audio", "Nearest by sound"),
                ("video", "Nearest by sight"),
            ):
                rows = found.neighbours(modality)
                self._add("found", title, note=_NEIGHBOURS, rows=rows)
        video, audio = (np.asarray(embeddings[m]) for m in ("video", "audio"))
        labels = found.labels
        used = sorted({label for label in labels if label >= 0})
        self._add(
            "picture",
            "Map of the embeddings",
            note=_MAP,
            svg=scatter(video, audio, labels),
            keys=_keys(class_names, used) if class_names else [],
        )
        self.add_table(_geometry(video, audio), "Do they fill the space?")

    def add_confusion(
        self,
        matrix: Array,
        class_names: Sequence[str],
        title: str = "Confusion of classes",
    ) -> None:
        """Add how often clips of a class are taken for others.

        Args:
            matrix: Numbers of clips, a row for each class and a column for each
                prediction, as returned by `confusion_matrix`.
            class_names: Names of the classes.
            title: Title of the part. Defaults to `"Confusion of classes"`.
        """
        counts = np.asarray(matrix)
        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        rows = [
            (name, list(zip(numbers, np.round(40 * row).astype(int).tolist())))
            for name, numbers, row in zip(class_names, counts.tolist(), shares)
        ]
        self._add("confusion", title, heads=list(class_names), rows=rows)

    def add_cost(
        self,
        columns: Mapping[str, Mapping[str, float]],
        cost: str = "MFLOPs",
        score: str = "accuracy",
        title: str = "What it costs",
    ) -> None:
        """Add a chart of one measurement against another, the cost.

        Args:
            columns: Measurements by the name of a network, as for `add_table`.
                What lacks one of the two, such as chance, is left out.
            cost: Name of the cost, on a logarithmic axis. Defaults to
                `"MFLOPs"`.
            score: Name of the score. Defaults to `"accuracy"`.
            title: Title of the part. Defaults to `"What it costs"`.

        Raises:
            ValueError: If nothing has both, or a cost is not positive.
        """
        points = {
            name: (found[cost], found[score])
            for name, found in columns.items()
            if cost in found and score in found
        }
        self._add(
            "picture",
            title,
            note="Better is higher and further left.",
            svg=cost_chart(points, cost, score),
            keys=_keys(list(points)),
        )

    def add_moments(
        self,
        images: Array,
        chosen: Sequence[int],
        title: str = "Moments that were chosen",
    ) -> None:
        """Add the moments of a long video, and which of them were chosen.

        Args:
            images: An image of each moment, `(moments, height, width, 3)`, from
                0 to 255, such as the `image` of `long_clips`.
            chosen: Numbers of the moments that were chosen, from 0, in order,
                such as a row of `chosen` of `skim_videos`; a negative one is
                none.
            title: Title of the part. Defaults to
                `"Moments that were chosen"`.
        """
        self._add("moments", title, moments=thumbnails(images, chosen))

    def add_answers(
        self,
        answers: Mapping[str, Array],
        clips: Iterable[Mapping[str, Any]],
        class_names: Sequence[str],
        sampling_rate: int = 16000,
        title: str = "What they take clips for",
    ) -> None:
        """Add clips beside the classes that networks take them for.

        First come clips that the networks take for different classes, such as
        a student and its teacher.

        Args:
            answers: Class of each clip by the name of a network,
                `(num_clips,)`.
            clips: Batches of the same clips, in the same order, with `video`
                and `label`, and `audio` if they are heard.
            class_names: Names of the classes.
            sampling_rate: Sampling rate of the sound in Hz. Defaults to 16000.
            title: Title of the part. Defaults to
                `"What they take clips for"`.

        Raises:
            ValueError: If there are more or fewer answers than clips.
        """
        found = Answers(answers, clips, class_names, sampling_rate)
        self._add("clips", title, note=found.note, clips=found.shown())

    def add_results(
        self,
        title: str,
        query: Mapping[str, Any],
        results: Sequence[Mapping[str, Any]],
        sampling_rate: int = 16000,
    ) -> None:
        """Add what a clip has found.

        Args:
            title: Title of the part.
            query: The clip: its `text`, `video`, `(frames, height, width, 3)`
                from 0 to 255, without frames if it is only heard, and `audio`,
                `(samples,)` in [-1, 1].
            results: What it has found, likewise, best first.
            sampling_rate: Sampling rate of the sound in Hz. Defaults to 16000.
        """
        sources = MovieSources()
        shown = [
            Shown(sources.source(key, clip, sampling_rate), clip["text"])
            for key, clip in enumerate([query, *results])
        ]
        note = "First what is asked for, then what is found, best first."
        rows = [
            Row(shown[0], shown[n : n + _IN_A_ROW])
            for n in range(1, len(shown), _IN_A_ROW)
        ]
        self._add("found", title, note=note, rows=rows)

    def add_text(self, title: str, text: str) -> None:
        """Add text as it stands, such as `train.report.summary()`.

        Args:
            title: Title of the part.
            text: Text.
        """
        self._add("text", title, text=text)

    def write(
        self, path: str | os.PathLike[str], refresh: int | None = None
    ) -> None:
        """Write the page, and in its end the versions in use.

        Args:
            path: Path of the file.
            refresh: Seconds after which a browser reads it again, for a page
                that is still written. Defaults to None, never.
        """
        template = importlib.resources.files(__package__) / "page.html"
        environment = jinja2.Environment(
            autoescape=True, undefined=jinja2.StrictUndefined
        )
        page = environment.from_string(template.read_text("utf-8")).render(
            title=self._title,
            refresh=refresh,
            parts=self._parts,
            versions={
                "keras_av": importlib.metadata.version("keras_av"),
                "Keras": keras.__version__,
                "backend": keras.backend.backend(),
                "Python": platform.python_version(),
            },
        )
        with write_whole(path) as aside:
            aside.write_text(page, "utf-8")

    def _add(self, kind: str, title: str, **content: Any) -> None:
        self._parts.append({"kind": kind, "title": title, **content})


def _is_curve(name: str) -> bool:
    return not any(part in _NO_CURVES for part in name.split("_"))


def _keys(
    names: Sequence[str], used: Iterable[int] | None = None
) -> list[tuple[str, str]]:
    """Names with their colors."""
    numbers = range(len(names)) if used is None else used
    return [(names[k], COLORS[k % len(COLORS)]) for k in numbers]


def _geometry(video: Array, audio: Array) -> dict[str, dict[str, float]]:
    """Measures of collapse, by modality."""
    columns = {
        name: {"uniformity": uniformity(x), "effective rank": effective_rank(x)}
        for name, x in (("video", video), ("audio", audio))
        if len(x) > 1
    }
    return {**columns, "both": {"alignment": alignment(video, audio)}}
