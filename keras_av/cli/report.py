"""The page of a folder of results."""

import json
import pathlib

from keras_av.report import RunPage, read_log
from keras_av.workspace import ConfigError

_PAGE = "report.html"


def report(folder: str, output: str | None = None) -> list[str]:
    """Write the page of what a run has left, finished or not.

    Args:
        folder: Folder with logs, `log.csv`, and tables, `table.json`.
        output: Path of the page. Defaults to `report.html` in the folder.

    Returns:
        A line that says where the page is.

    Raises:
        ConfigError: If the folder holds neither, or the page is there.
    """
    root = pathlib.Path(folder)
    logs, tables = (
        sorted(root.rglob(name)) for name in ("log.csv", "table.json")
    )
    if not logs and not tables:
        raise ConfigError(
            f"{folder} holds neither a log.csv nor a table.json of a run"
        )
    path = pathlib.Path(output or root / _PAGE)
    if path.exists():
        raise ConfigError(f"{path} is there; write --output=ANOTHER.html")
    page = RunPage(root.resolve().name)
    try:
        for table in tables:
            columns = json.loads(table.read_text("utf-8"))
            page.add_table(columns, f"Scores: {_place(table, root)}")
        for log in logs:
            page.add_curves(read_log(log), f"Training: {_place(log, root)}")
    except (
        AttributeError,
        IndexError,
        KeyError,
        TypeError,
        ValueError,
    ) as error:
        raise ConfigError(f"{folder} holds no results: {error}") from error
    page.write(path)
    return [f"{path}: {len(tables)} tables, {len(logs)} logs"]


def _place(path: pathlib.Path, root: pathlib.Path) -> str:
    return path.parent.relative_to(root).as_posix()
