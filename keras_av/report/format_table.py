"""A table of measurements as text."""

from collections.abc import Mapping

_WIDTH = 12


def format_table(columns: Mapping[str, Mapping[str, float]]) -> str:
    """Lay out numbers in columns, as lines of text.

    Args:
        columns: Measurements by name, by the title of their column. A
            measurement that a column lacks stays blank there.

    Returns:
        One line of titles, then one line for each measurement, in the order
        in which they first appear.

    Examples:

    >>> from keras_av.report import format_table
    >>> print(format_table({"before": {"knn": 0.125}, "after": {"knn": 0.75}}))
               before       after
    knn         0.125       0.750
    """
    names = list(dict.fromkeys(name for c in columns.values() for name in c))
    left = max(map(len, names), default=0)
    lines = [" " * left + "".join(f"{t:>{_WIDTH}}" for t in columns)]
    for name in names:
        cells = [
            f"{column[name]:{_WIDTH}.3f}" if name in column else " " * _WIDTH
            for column in columns.values()
        ]
        lines.append((f"{name:{left}}" + "".join(cells)).rstrip())
    return "\n".join(lines)
