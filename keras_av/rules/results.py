"""What runs have left in a folder, finished or not."""

import json
import os
import pathlib
from typing import Any

from keras_av.report import read_log
from keras_av.workspace.build.output import LATEST
from keras_av.workspace.build.target_folder import TargetFolder

LOG, TABLE, _NUM_CLIPS = "log.csv", "table.json", "num_clips.json"


class Results:
    """The logs and tables of a folder.

    Of a target that was built more than once, its latest result counts.

    Args:
        folder: Folder with logs, `log.csv`, and tables, `table.json`, itself or
            in folders below.

    Raises:
        ValueError: If it holds neither, or one cannot be read.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = pathlib.Path(folder)
        logs, tables = (
            [p for p in sorted(self.folder.rglob(name)) if self._is_latest(p)]
            for name in (LOG, TABLE)
        )
        if not logs and not tables:
            raise ValueError(
                f"{folder} holds neither a log.csv nor a table.json of a run"
            )
        try:
            self.logs = {self._place(path): read_log(path) for path in logs}
            self.tables = {self._place(path): _table(path) for path in tables}
            self.num_clips = {
                self._place(path): _num_clips(path) for path in tables
            }
        except (AttributeError, IndexError, KeyError, TypeError) as error:
            raise ValueError(f"{folder} holds no results: {error}") from error

    def settings(self) -> dict[str, str]:
        """What the result depends on, if a target made it."""
        folder = TargetFolder(self.folder)
        if not folder.is_begun:
            return {}
        content = folder.content()
        attributes = folder.about().get("labels") or content["attributes"]
        found = {"rule": content["rule"], **attributes}
        return {name: str(value) for name, value in found.items()}

    def _is_latest(self, path: pathlib.Path) -> bool:
        latest = path.parent.with_name(LATEST)
        # A folder that was asked for by its name counts, too.
        return (
            path.parent == self.folder
            or not latest.exists()
            or latest.samefile(path.parent)
        )

    def _place(self, path: pathlib.Path) -> str:
        """Where a file is, by names that do not change with the result."""
        folder = path.parent
        if folder != self.folder and folder.with_name(LATEST).exists():
            folder = folder.parent
        place = folder.relative_to(self.folder).as_posix()
        return "" if place == "." else place


def _table(path: pathlib.Path) -> dict[str, dict[str, Any]]:
    columns = json.loads(path.read_text("utf-8"))
    # Each column is a dict.
    return {title: dict(column) for title, column in columns.items()}


def _num_clips(path: pathlib.Path) -> int:
    """The fewest clips that a score of a table is a mean over; 0 if unknown."""
    counts = path.with_name(_NUM_CLIPS)
    if not counts.exists():
        return 0
    return min(json.loads(counts.read_text("utf-8")), default=0)
