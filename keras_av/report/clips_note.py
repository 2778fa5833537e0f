"""What a table says of its number of clips."""

from collections.abc import Mapping, Sequence
from typing import Any

from keras_av.evaluation.is_chance import is_chance

_CHANCE = "chance"


def clips_line(num_clips: Sequence[int]) -> str:
    """Say how many clips scores are means over.

    Args:
        num_clips: Numbers of clips.
    """
    return f"Test clips: {', '.join(map(str, num_clips))}\n"


def too_few_line(names: Sequence[tuple[str, str]]) -> str:
    """Say which scores are not told from chance.

    Args:
        names: Titles of their columns, and their names.
    """
    found = "; ".join(f"{title}, {name}" for title, name in names)
    return f"Too few to tell from chance: {found}\n" if names else ""


def clips_note(columns: Mapping[str, Mapping[str, Any]], num_clips: int) -> str:
    """Say how many clips there are, and what they are too few for.

    Args:
        columns: Measurements by the title of their column, of which `"chance"`
            has those at chance.
        num_clips: Number of clips that all are means over.

    Returns:
        A line, and another one if scores are not told from chance; see
        `keras_av.evaluation.is_chance`.

    Examples:

    >>> from keras_av.report.clips_note import clips_note
    >>> columns = {"trained": {"knn": 0.25, "probe": 0.75, "rank": 3.0},
    ...            "chance": {"knn": 0.125, "probe": 0.125, "rank": 8.0}}
    >>> print(clips_note(columns, 16), end="")
    Test clips: 16
    Too few to tell from chance: trained, knn
    """
    by_chance = columns.get(_CHANCE, {})
    names = [
        (title, name)
        for title, column in columns.items()
        if title != _CHANCE
        for name, value in column.items()
        # Ranks and costs are no means of values from 0 to 1.
        if isinstance(value, float | int)
        and 0 <= by_chance.get(name, -1) <= 1
        and 0 <= value <= 1
        and is_chance(value, by_chance[name], num_clips)
    ]
    return clips_line([num_clips]) + too_few_line(names)
