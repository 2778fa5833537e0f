"""Pages of folders of results."""

import pathlib
from collections.abc import Sequence

from keras_av.rules.results import Results
from keras_av.rules.results_page import comparison_page, results_page
from keras_av.workspace import ConfigError

_PAGE, _COMPARISON = "report.html", "comparison.html"


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
