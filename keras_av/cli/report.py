"""Pages of folders of results."""

import os
import pathlib
import time
from collections.abc import Sequence

from keras_av.rules.results import LOG, TABLE, Results
from keras_av.rules.results_page import comparison_page, results_page
from keras_av.workspace import ConfigError

_PAGE, _COMPARISON = "report.html", "comparison.html"
# Seconds between two looks at a run.
_EVERY = 10


def report(folders: Sequence[str], output: str | None = None) -> list[str]:
    """Write the page of what a run has left, or of several side by side.

    Args:
        folders: Folders with logs, `log.csv`, and tables, `table.json`.
        output: Path of the page. Defaults to `report.html` in the folder, or to
            `comparison.html` for several.

    Returns:
        A line that says where the page is.

    Raises:
        ConfigError: If a folder holds neither, or the page is there.
    """
    try:
        runs = {folder: Results(folder) for folder in folders}
    except ValueError as error:
        raise ConfigError(str(error)) from error
    if len(runs) > 1:
        place = pathlib.Path(_COMPARISON)
        page = comparison_page(runs)
    else:
        (run,) = runs.values()
        place, page = run.folder / _PAGE, results_page(run)
    path = pathlib.Path(output or place)
    if path.exists():
        raise ConfigError(f"{path} is there; write --output=ANOTHER.html")
    page.write(path)
    tables, logs = (
        sum(len(getattr(run, kind)) for run in runs.values())
        for kind in ("tables", "logs")
    )
    return [f"{path}: {tables} tables, {logs} logs"]


def follow(folder: str, output: str | None = None) -> None:
    """Write the page of a run whenever its logs or tables have changed.

    It ends when it is interrupted. What is not there yet is waited for.

    Args:
        folder: Folder of the run.
        output: Path of the page. Defaults to `report.html` in the folder.
    """
    path = pathlib.Path(output or pathlib.Path(folder) / _PAGE)
    seen = None
    print(f"{path} follows the run; Ctrl-C ends it", flush=True)
    while True:
        state = _state(folder)
        if state and state != seen:
            results_page(Results(folder)).write(path, refresh=_EVERY)
            seen = state
        time.sleep(_EVERY)


def _state(folder: str) -> list[tuple[str, int]]:
    """Logs and tables, and when they were written."""
    return sorted(
        (str(path), os.stat(path).st_mtime_ns)
        for name in (LOG, TABLE)
        for path in pathlib.Path(folder).rglob(name)
    )
