"""Kinetics-400, -600 and -700, human actions."""

import csv
import os
import pathlib
import re
from collections.abc import Collection
from typing import Any, Self

from keras_av.data.layouts.named_files import Row, by_name, columns
from keras_av.data.table.file_table import FileTable

_KINETICS_COLUMNS = ("label", "youtube_id", "time_start", "time_end", "split")
_KINETICS_NAME = re.compile(r"(.{11})_(\d{6})_(\d{6})$")
_SPLITS = {"validate": "val", "validation": "val"}


class KineticsLayout(FileTable):
    """Kinetics-400, -600 and -700, human actions."""

    @classmethod
    def from_kinetics(
        cls,
        root: str | os.PathLike[str],
        classes: Collection[str] | None = None,
    ) -> Self:
        """Read Kinetics-400, -600 or -700: splits `train`, `val`, `test`.

        Reads its tables (.csv with `label`, `youtube_id`, `time_start`,
        `time_end`, `split`) and files named by id and seconds, such as
        `-3B32lodo2M_000059_000069.mp4`, in any folders. Rows without a
        file are left out. The group is the video of YouTube.

        References:
            - [Kay et al., 2017](https://arxiv.org/abs/1705.06950)

        Args:
            root: Path of the folder with all of it.
            classes: Names of the classes to keep, renumbered, such as
                `KINETICS_SOUNDS`. Defaults to all.

        Raises:
            ValueError: If the tables, the files or a class are missing.
        """
        return cls(root, **_kinetics(root, classes))


def _kinetics(
    root: str | os.PathLike[str], classes: Collection[str] | None
) -> dict[str, Any]:
    """Kinetics by its tables."""
    rows = {}
    for row in _tables(root, _KINETICS_COLUMNS):
        start, end = int(float(row["time_start"])), int(float(row["time_end"]))
        name = f"{row['youtube_id']}_{start:06d}_{end:06d}"
        split = _SPLITS.get(row["split"], row["split"])
        rows[name] = Row(row["label"], split, row["youtube_id"])
    found = by_name(root, rows, _KINETICS_NAME, lambda match: match[0])
    return columns(
        found, root, "Kinetics, such as -3B32lodo2M_000059_000069.mp4", classes
    )


def _tables(
    root: str | os.PathLike[str], columns: tuple[str, ...]
) -> list[dict[str, str]]:
    """Rows of all tables with these columns, beside the files or above."""
    rows, here = [], pathlib.Path(root)
    for path in sorted([*here.glob("*.csv"), *here.glob("*/*.csv")]):
        with open(path, newline="", encoding="utf-8") as file:
            table = csv.DictReader(file)
            if set(columns) <= set(table.fieldnames or ()):
                rows += list(table)
    if not rows:
        raise ValueError(
            f"There is no table under {os.fspath(root)!r}. Expected files "
            f".csv there, or in a folder of it, with {', '.join(columns)}"
        )
    return rows
