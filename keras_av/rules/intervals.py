"""The rule for means and intervals over the seeds of an experiment."""

import json
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

from keras_av.evaluation import mean_and_interval
from keras_av.report import format_table
from keras_av.rules.report_table import Report
from keras_av.workspace import rule

Table = Mapping[str, Mapping[str, float]]


def _plan(
    folder: pathlib.Path, *, reports: Sequence[Report], **_: Any
) -> Report:
    if len(reports) < 2:
        raise ValueError(
            "reports must be two or more, one per seed. Received: "
            f"{len(reports)}"
        )
    return Report(folder)


@rule(plan=_plan)
def intervals(
    output: Report, *, reports: Sequence[Report], baseline: str | None = None
) -> None:
    """Compare means over seeds, with 95% confidence intervals.

    See `keras_av.evaluation.mean_and_interval`.

    Args:
        output: Folder of the result.
        reports: Reports of the seeds, with the same columns.
        baseline: Title of the column to compare the others with, seed by seed.
            Defaults to none.

    Returns:
        A `Report`.

    Examples:

    >>> import pathlib, tempfile
    >>> from keras_av.rules import Scores, intervals, report
    >>> def seed(accuracy):
    ...     root = pathlib.Path(tempfile.mkdtemp())
    ...     Scores(root).save({"accuracy": accuracy})
    ...     return report(root / "report", columns={"model": [Scores(root)]})
    >>> table = intervals(
    ...     pathlib.Path(tempfile.mkdtemp()), reports=[seed(0.5), seed(0.6)])
    accuracy: 0.500
    accuracy: 0.600
    >>> print(table.summary())
                      model
    accuracy  0.550 ± 0.635
    <BLANKLINE>
    """
    tables = [one.values() for one in reports]
    columns = list(tables[0])
    if baseline is not None and baseline not in columns:
        raise ValueError(
            f"baseline must be one of {columns}. Received: {baseline!r}"
        )
    found = {title: _means(tables, title) for title in columns}
    text = format_table(found)
    if baseline is not None:
        leads = {
            title: _means(tables, title, minus=baseline)
            for title in columns
            if title not in (baseline, "chance")
        }
        text += f"\n\nOver {baseline}, seed by seed:\n{format_table(leads)}"
    output.table.write_text(text + "\n", "utf-8")
    values = {"seeds": tables}
    (output.folder / "seeds.json").write_text(json.dumps(values, indent=1))


def _means(
    tables: Sequence[Table], title: str, minus: str | None = None
) -> dict[str, tuple[float, float]]:
    """Mean and interval of each row of a column, or of its lead."""
    rows = [name for name in tables[0][title]]
    if minus is not None:
        rows = [name for name in rows if name in tables[0][minus]]
    return {
        name: mean_and_interval(
            [
                table[title][name] - (table[minus][name] if minus else 0.0)
                for table in tables
            ]
        )
        for name in rows
    }
