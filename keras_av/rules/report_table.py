"""Tables of what was measured, as a rule."""

import dataclasses
import json
import pathlib
from collections.abc import Mapping, Sequence

from keras_av.report import format_table
from keras_av.rules.scores import Scores
from keras_av.workspace import Provider, rule


@dataclasses.dataclass(frozen=True)
class Report(Provider):
    """A table, in `table.txt` and `table.json`.

    Args:
        folder: Where it is.

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


def _plan(
    folder: pathlib.Path, *, columns: Mapping[str, Sequence[Scores]]
) -> Report:
    if not columns:
        raise ValueError("columns must name at least one. Received: columns={}")
    return Report(folder)


@rule(plan=_plan)
def report(output: Report, *, columns: Mapping[str, Sequence[Scores]]) -> None:
    """Put scores beside each other, and beside chance.

    Args:
        output: Folder of its own.
        columns: By the title of each column, what was measured.

    Gives:
        A `Report`.

    Examples:

    >>> import pathlib, tempfile
    >>> from keras_av.rules import Scores, report
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> Scores(folder).save({"accuracy": 0.5}, {"accuracy": 0.25})
    accuracy: 0.500 (chance: 0.250)
    >>> table = report(folder, columns={"trained": [Scores(folder)]})
    <BLANKLINE>
              trained  chance
    accuracy    0.500   0.250
    <BLANKLINE>
    """
    found: dict[str, dict[str, float]] = {}
    by_chance: dict[str, float] = {}
    for title, scores in columns.items():
        found[title] = {k: v for one in scores for k, v in one.values().items()}
        by_chance.update({k: v for s in scores for k, v in s.chance().items()})
    if by_chance:
        found["chance"] = by_chance
    text = format_table(found)
    print(f"\n{text}\n", flush=True)
    output.table.write_text(text + "\n")
    (output.folder / "table.json").write_text(json.dumps(found, indent=1))
