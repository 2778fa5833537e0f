"""Files of a data set whose tables name them."""

import os
import pathlib
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from keras_av.data.layouts.media_files import media_files


class Row(NamedTuple):
    """What a set says of one file."""

    label: str
    split: str
    group: str


def by_name(
    root: str | os.PathLike[str],
    rows: Mapping[str, Row],
    pattern: re.Pattern[str],
    key: Callable[[re.Match[str]], str],
) -> dict[str, Row]:
    """The files that a table speaks of: many are gone from the web."""
    found = {}
    for path in media_files(root):
        match = pattern.match(pathlib.PurePosixPath(path).stem)
        if match and key(match) in rows:
            found[path] = rows[key(match)]
    return found


def columns(
    rows: Mapping[str, Row],
    root: str | os.PathLike[str],
    example: str,
    classes: Collection[str] | None,
) -> dict[str, Any]:
    """Columns of a manifest of the files that were found."""
    if classes is not None:
        unknown = sorted(set(classes) - {row.label for row in rows.values()})
        if unknown:
            raise ValueError(
                f"No file of these classes is under {os.fspath(root)!r}: "
                f"{unknown}"
            )
        rows = {p: row for p, row in rows.items() if row.label in classes}
    if not rows:
        raise ValueError(
            f"No file of {example}, that its lists name, is under "
            f"{os.fspath(root)!r}"
        )
    names = sorted({row.label for row in rows.values() if row.label})
    numbers = {name: number for number, name in enumerate(names)}
    return {
        "path": list(rows),
        "label": [numbers.get(row.label, -1) for row in rows.values()],
        "split": [row.split for row in rows.values()],
        "group": [row.group for row in rows.values()],
        "class_names": names,
    }
