"""The rule for tables of scores."""

import dataclasses
import json
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

from keras_av.evaluation import mean_and_interval
from keras_av.report import format_table
from keras_av.rules.scores import Scores
from keras_av.workspace import Provider, rule


@dataclasses.dataclass(frozen=True)
class Report(Provider):
    """A table, in `table.txt` and `table.json`.

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

    def summary(self) -> str:
        return self.table.read_text("utf-8")


def _plan(
    folder: pathlib.Path,
    *,
    columns: Mapping[str, Sequence[Scores]],
    mean: bool,
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
) -> None:
    """Compare scores with each other and with chance in a table.

    Args:
        output: Folder of the result.
        columns: Scores by the title of their column.
        mean: Whether to show the mean over the columns, such as folds, with
            its 95% confidence interval. Defaults to False.

    Returns:
        A `Report`.

    Examples:

    >>> import pathlib, tempfile
    >>> from keras_av.rules import Scores, report
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> Scores(folder).save({"accuracy": 0.5}, {"accuracy": 0.25})
    accuracy: 0.500 (chance: 0.250)
    >>> table = report(folder, columns={"trained": [Scores(folder)]})
    >>> print(table.summary())
              trained  chance
    accuracy    0.500   0.250
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
    output.table.write_text(format_table(found) + "\n", "utf-8")
    (output.folder / "table.json").write_text(json.dumps(found, indent=1))


def _means(columns: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    """Mean and interval of each score that all columns have."""
    shared = set.intersection(*(set(column) for column in columns))
    return {
        name: mean_and_interval([column[name] for column in columns])
        for name in columns[0]
        if name in shared
    }
