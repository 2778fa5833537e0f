"""The rule for means and intervals over the seeds of an experiment."""

import json
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

from keras_av.evaluation import mean_and_interval, paired_p_values
from keras_av.report import format_table
from keras_av.report.clips_note import clips_line, too_few_line
from keras_av.rules.report_table import Report
from keras_av.workspace import rule

_LEVEL = 0.05

Table = Mapping[str, Mapping[str, float]]
Values = Mapping[str, Mapping[str, Sequence[float]]]


def _plan(
    folder: pathlib.Path, *, reports: Sequence[Report], **_: Any
) -> Report:
    if len(reports) < 2:
        raise ValueError(
            "reports must be two or more, one per seed. Received: "
            f"{len(reports)}"
        )
    return Report(folder)


@rule(plan=_plan, version=2)
def intervals(
    output: Report, *, reports: Sequence[Report], baseline: str | None = None
) -> None:
    """Compare means over seeds, with 95% confidence intervals.

    See `keras_av.evaluation.mean_and_interval`. Scores whose interval holds
    their value at chance are named below the table. With a baseline, a second
    table has the leads over it, seed by seed, and a list names those that are
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
    means = _means(_over_seeds(tables, columns))
    text = f"{format_table(means)}\n"
    known = sorted({n for one in reports for n in one.num_clips()})
    if known:
        text += "\n" + clips_line(known) + _too_few(means)
    if baseline is not None:
        others = [c for c in columns if c not in (baseline, "chance")]
        leads = _over_seeds(tables, others, minus=baseline)
        text += f"\nOver {baseline}, seed by seed:\n"
        text += f"{format_table(_means(leads))}\n"
        text += _significant(leads, len(tables))
    output.table.write_text(text, "utf-8")
    values = {"seeds": tables}
    (output.folder / "seeds.json").write_text(json.dumps(values, indent=1))


def _over_seeds(
    tables: Sequence[Table], titles: Sequence[str], minus: str | None = None
) -> Values:
    """Each row of some columns, or of their leads over another."""
    first = tables[0]
    return {
        title: {
            row: [
                table[title][row] - (table[minus][row] if minus else 0.0)
                for table in tables
            ]
            for row in first[title]
            if minus is None or row in first[minus]
        }
        for title in titles
    }


def _means(values: Values) -> dict[str, dict[str, tuple[float, float]]]:
    """Means and intervals of all rows."""
    return {
        title: {row: mean_and_interval(found) for row, found in rows.items()}
        for title, rows in values.items()
    }


def _too_few(means: Mapping[str, Mapping[str, tuple[float, float]]]) -> str:
    """Which intervals hold their value at chance."""
    chance = means.get("chance", {})
    return too_few_line(
        [
            (title, row)
            for title, rows in means.items()
            for row, (mean, half) in rows.items()
            if title != "chance"
            and row in chance
            and abs(mean - chance[row][0]) <= half
        ]
    )


def _significant(leads: Values, num_seeds: int) -> str:
    """Which leads are, and over how many comparisons."""
    names = [(title, row) for title, rows in leads.items() for row in rows]
    if not names:
        return ""
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
    lines = [head, *(found or ["  none: too few to tell"])]
    return "".join(f"{line}\n" for line in lines)
