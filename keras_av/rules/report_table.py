"""The rule for tables of scores."""

import dataclasses
import json
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

from keras_av.evaluation import is_chance, mean_and_interval
from keras_av.report import RunPage, format_table
from keras_av.report.clips_note import clips_line, too_few_line
from keras_av.rules.model import Model
from keras_av.rules.model_page import add_model
from keras_av.rules.scores import Scores
from keras_av.workspace import Provider, rule


@dataclasses.dataclass(frozen=True)
class Report(Provider):
    """A table, in `table.txt`, `table.json` and the page `report.html`.

    Args:
        folder: Folder of the table.

    Examples:

    >>> import pathlib
    >>> from keras_av.rules import Report
    >>> Report(pathlib.Path("out")).table.name
    'table.txt'
    """

    folder: pathlib.Path

    @property
    def table(self) -> pathlib.Path:
        """The file of the table."""
        return self.folder / "table.txt"

    def values(self) -> dict[str, dict[str, float]]:
        """Scores by the title of the column and their names."""
        text = (self.folder / "table.json").read_text("utf-8")
        return json.loads(text)

    def num_clips(self) -> list[int]:
        """The numbers of clips that scores are means over, ascending."""
        text = (self.folder / "num_clips.json").read_text("utf-8")
        return json.loads(text)

    def summary(self) -> str:
        return self.table.read_text("utf-8")


def _plan(
    folder: pathlib.Path,
    *,
    columns: Mapping[str, Sequence[Scores]],
    mean: bool,
    **_: Any,
) -> Report:
    if not columns:
        raise ValueError("columns must name at least one. Received: columns={}")
    if mean and len(columns) < 2:
        raise ValueError(
            "mean=True needs at least two columns. Received: "
            f"columns={list(columns)}"
        )
    return Report(folder)


@rule(plan=_plan)
def report(
    output: Report,
    *,
    columns: Mapping[str, Sequence[Scores]],
    mean: bool = False,
    model: Model | None = None,
) -> None:
    """Compare scores with each other and with chance in a table.

    Below it are the number of test clips, and the scores that these are too few
    for to tell from chance: whose 95% interval, see
    `keras_av.evaluation.is_chance`, holds it.

    Args:
        output: Folder of the result.
        columns: Scores by the title of their column.
        mean: Whether to show the mean over the columns, such as folds, with
            its 95% confidence interval. Defaults to False.
        model: Model whose training and test clips the page shows, too. Defaults
            to none.

    Returns:
        A `Report`.

    Examples:

    >>> import pathlib, tempfile
    >>> from keras_av.rules import Scores, report
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> Scores(folder).save({"accuracy": 0.5}, {"accuracy": 0.25}, num_clips=8)
    accuracy: 0.500 (chance: 0.250)
    >>> table = report(folder, columns={"trained": [Scores(folder)]})
    >>> print(table.summary())
              trained  chance
    accuracy    0.500   0.250
    <BLANKLINE>
    Test clips: 8
    Too few to tell from chance: trained, accuracy
    <BLANKLINE>
    """
    found: dict[str, dict[str, Any]] = {}
    by_chance: dict[str, float] = {}
    for title, scores in columns.items():
        found[title] = {k: v for one in scores for k, v in one.values().items()}
        by_chance.update({k: v for s in scores for k, v in s.chance().items()})
    if mean:
        found["mean"] = _means(list(found.values()))
    if by_chance:
        found["chance"] = by_chance
    every = [score for scores in columns.values() for score in scores]
    known = sorted({n for n in (one.num_clips() for one in every) if n})
    text = format_table(found) + "\n"
    if known:
        text += "\n" + clips_line(known) + _too_few(columns)
    output.table.write_text(text, "utf-8")
    page = RunPage(output.folder.parent.name)
    page.add_table(found)
    if model is not None:
        add_model(page, model)
    page.add_text("As text", text)
    page.write(output.folder / "report.html")
    (output.folder / "table.json").write_text(json.dumps(found, indent=1))
    (output.folder / "num_clips.json").write_text(json.dumps(known))


def _too_few(columns: Mapping[str, Sequence[Scores]]) -> str:
    found = []
    for title, scores in columns.items():
        for one in scores:
            chance, num_clips = one.chance(), one.num_clips()
            found += [
                (title, name)
                for name, value in one.values().items()
                if num_clips
                and name in chance
                # Ranks are no means of values from 0 to 1.
                and max(value, chance[name]) <= 1
                and is_chance(value, chance[name], num_clips)
            ]
    return too_few_line(found)


def _means(columns: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    """Mean and interval of each score that all columns have."""
    shared = set.intersection(*(set(column) for column in columns))
    return {
        name: mean_and_interval([column[name] for column in columns])
        for name in columns[0]
        if name in shared
    }
