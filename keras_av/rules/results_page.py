"""Pages of folders that runs have left, finished or not."""

import itertools
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from keras_av.evaluation import mean_and_interval
from keras_av.report import RunPage
from keras_av.rules.results import Results

# Columns of repeated runs.
_REPEATED = re.compile(r"(seed|fold)\W*\d+", re.IGNORECASE)
_Z = 1.959964


def results_page(results: Results) -> RunPage:
    """The page of one folder: its tables and curves.

    Args:
        results: Logs and tables of the folder.
    """
    page = RunPage(results.folder.resolve().name)
    for place, table in results.tables.items():
        page.add_table(table, _title("Scores", place))
    for place, log in results.logs.items():
        page.add_curves(log, _title("While training", place))
    return page


def comparison_page(runs: Mapping[str, Results]) -> RunPage:
    """The page of several folders, side by side.

    What differs in their settings; scores; differences to the first folder with
    95% intervals; and curves over each other. Differences are paired by column
    if tables share columns of several seeds or folds, such as `seed 0`; else
    their intervals are those of shares of as many independent clips, wider than
    paired ones.

    Args:
        runs: Logs and tables of folders by name.
    """
    page = RunPage(", ".join(runs))
    if differing := _differing({n: r.settings() for n, r in runs.items()}):
        page.add_table(differing, "What differs")
    places = dict.fromkeys(p for run in runs.values() for p in run.tables)
    for place in places:
        tables = {
            n: r.tables[place] for n, r in runs.items() if place in r.tables
        }
        page.add_table(_side_by_side(tables), _title("Scores", place))
        counts = [r.num_clips.get(place, 0) for r in runs.values()]
        if differences := _differences(tables, min(counts)):
            page.add_table(
                differences,
                _title(f"Differences to {next(iter(tables))}", place),
            )
    for place in dict.fromkeys(p for run in runs.values() for p in run.logs):
        logs = {n: r.logs[place] for n, r in runs.items() if place in r.logs}
        page.add_comparison(logs, _title("While training", place))
    return page


def _title(what: str, place: str) -> str:
    return f"{what}: {place}" if place else what


def _differing(
    settings: Mapping[str, Mapping[str, str]],
) -> dict[str, dict[str, str]]:
    """Settings that are not the same in all runs."""
    names = dict.fromkeys(name for one in settings.values() for name in one)
    differing = [
        name
        for name in names
        if len({one.get(name) for one in settings.values()}) > 1
    ]
    if not differing:
        return {}
    return {
        run: {name: one[name] for name in differing if name in one}
        for run, one in settings.items()
    }


def _side_by_side(
    tables: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """Columns of all tables, those of one title beside each other."""
    titles = dict.fromkeys(t for table in tables.values() for t in table)
    return {
        f"{run}: {title}": tables[run][title]
        for title, run in itertools.product(titles, tables)
        if title in tables[run]
    }


def _differences(
    tables: Mapping[str, Mapping[str, Any]], num_clips: int
) -> dict[str, Any]:
    """Differences of each table to the first, by measurement."""
    (_, first), *others = tables.items()
    found: dict[str, Any] = {}
    for run, other in others:
        shared = [t for t in first if t in other and t != "chance"]
        repeated = [t for t in shared if _REPEATED.fullmatch(t)]
        if len(repeated) > 1:
            rows = _paired(
                [first[t] for t in repeated], [other[t] for t in repeated]
            )
            found[f"{run}, mean of {len(repeated)}"] = rows
            continue
        for title in shared:
            found[f"{run}: {title}"] = {
                name: _of_shares(other[title][name], value, num_clips)
                for name, value in first[title].items()
                if isinstance(value, float)
                and isinstance(other[title].get(name), float)
            }
    return {title: rows for title, rows in found.items() if rows}


def _paired(
    first: Sequence[Mapping[str, Any]], other: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    names = [
        name
        for name in first[0]
        if all(isinstance(c.get(name), float) for c in (*first, *other))
    ]
    return {
        name: mean_and_interval(
            [b[name] - a[name] for a, b in zip(first, other)]
        )
        for name in names
    }


def _of_shares(
    value: float, before: float, num_clips: int
) -> float | tuple[float, float]:
    """The difference of two shares of as many clips, with its interval.

    The width is that of Agresti and Caffo, which is not 0 for shares of 0 or 1.
    """
    if not num_clips or not (0 <= value <= 1 and 0 <= before <= 1):
        return value - before
    count = num_clips + 2
    shares = [(share * num_clips + 1) / count for share in (value, before)]
    variance = sum(share * (1 - share) / count for share in shares)
    return value - before, _Z * math.sqrt(variance)
