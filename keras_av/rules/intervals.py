"""The rule for means and intervals over the seeds of an experiment."""

import json
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

from keras_av.evaluation import mean_and_interval, paired_p_values
from keras_av.report import format_table
from keras_av.rules.report_table import Report
from keras_av.workspace import rule

_LEVEL = 0.05

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

    See `keras_av.evaluation.mean_and_interval`. With a baseline, a second table
    has the leads over it, seed by seed, and a list names those that are
    significant at 5 %; see `keras_av.evaluation.paired_p_values`.

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
        leads = _leads(tables, baseline)
        shown = {
            title: {
                row: mean_and_interval(of_row) for row, of_row in of.items()
            }
            for title, of in leads.items()
        }
        text += f"\n\nOver {baseline}, seed by seed:\n{format_table(shown)}"
        text += f"\n{_significant(leads, len(tables))}"
    output.table.write_text(text + "\n", "utf-8")
    values = {"seeds": tables}
    (output.folder / "seeds.json").write_text(json.dumps(values, indent=1))


def _means(
    tables: Sequence[Table], title: str
) -> dict[str, tuple[float, float]]:
    """Mean and interval of each row of a column."""
    return {
        row: mean_and_interval([table[title][row] for table in tables])
        for row in tables[0][title]
    }


def _leads(
    tables: Sequence[Table], baseline: str
) -> dict[str, dict[str, list[float]]]:
    """Leads over the baseline of each column and row, seed by seed."""
    first = tables[0]
    return {
        title: {
            row: [table[title][row] - table[baseline][row] for table in tables]
            for row in first[title]
            if row in first[baseline]
        }
        for title in first
        if title not in (baseline, "chance")
    }


def _significant(
    leads: Mapping[str, Mapping[str, Sequence[float]]], num_seeds: int
) -> str:
    """Which leads are, and over how many comparisons."""
    names = [(title, row) for title, of in leads.items() for row in of]
    values = paired_p_values([leads[title][row] for title, row in names])
    found = [
        f"  {title}, {row}: p = {value:.3f}"
        for (title, row), value in zip(names, values)
        if value < _LEVEL
    ]
    head = (
        f"Beyond chance (paired t-tests of {num_seeds} seeds, Holm's "
        f"correction over {len(names)}):"
    )
    return "\n".join([head, *(found or ["  none: too few to tell"])])
