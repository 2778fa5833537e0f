"""A table of measurements as text."""

from collections.abc import Mapping

from keras_av.report.clips_note import clips_note

_WIDTH = 12
_GAP = 3

Cell = float | tuple[float, float] | str


def format_table(
    columns: Mapping[str, Mapping[str, Cell]], num_clips: int | None = None
) -> str:
    """Format measurements as a table.

    Args:
        columns: Dict from column titles to dicts of measurements by name:
            numbers, pairs of a mean and the half-width of its interval, as
            returned by `keras_av.evaluation.mean_and_interval`, or text.
            Measurements that are missing from a column are left blank.
        num_clips: Number of test clips that they are means over, for a note of
            what is too little to tell from the column `"chance"`. Defaults to
            None, no note.

    Returns:
        One line of titles, then one line per measurement, in order of first
        appearance, and the note.

    Examples:

    >>> from keras_av.report import format_table
    >>> print(format_table({"before": {"knn": 0.125}, "after": {"knn": 0.75}}))
               before       after
    knn         0.125       0.750
    >>> print(format_table({"top-1": {"student": (0.91, 0.02)}}))
                     top-1
    student  0.910 ± 0.020
    """
    names = list(dict.fromkeys(name for c in columns.values() for name in c))
    left = max(map(len, names), default=0)
    texts = {
        title: [format_cell(column.get(name)) for name in names]
        for title, column in columns.items()
    }
    widths = {title: _width([title, *cells]) for title, cells in texts.items()}
    titles = "".join(f"{title:>{width}}" for title, width in widths.items())
    lines = [" " * left + titles]
    for row, name in enumerate(names):
        cells = [
            f"{texts[title][row]:>{width}}" for title, width in widths.items()
        ]
        lines.append((f"{name:{left}}" + "".join(cells)).rstrip())
    if num_clips is not None:
        lines += ["", clips_note(columns, num_clips).rstrip()]
    return "\n".join(lines)


def _width(texts: list[str]) -> int:
    longest = max(map(len, texts))
    return _WIDTH if longest < _WIDTH else longest + _GAP - 1


def format_cell(value: Cell | None) -> str:
    """The text of a measurement; empty if it is missing."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, tuple | list):
        return f"{value[0]:.3f} ± {value[1]:.3f}"
    return f"{value:.3f}"
