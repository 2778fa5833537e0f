"""The engine: makes a result in a folder, once."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from keras_av.workspace.build.target_folder import TargetFolder


def make_once(
    folder: TargetFolder,
    content: Mapping[str, Any],
    work: Callable[[], None],
    *,
    about: Mapping[str, Any] | None = None,
    report: Callable[[str], None] = lambda event: None,
) -> None:
    """Make a result in a folder, unless it is finished there.

    A result that was interrupted is resumed in the same folder. Of several
    processes one does the work, and the others wait and find it finished.

    Args:
        folder: Folder of the result.
        content: What the result depends on.
        work: Makes the result.
        about: Further notes for readers of the folder. Defaults to none.
        report: Told `"cached"`, `"waiting"`, `"build"`, `"resume"` and
            `"done"`, as they happen. Defaults to nothing.

    Raises:
        ValueError: The folder holds another result.
    """
    if _is_made(folder, content):
        report("cached")
        return
    with folder.locked(lambda: report("waiting")):
        if _is_made(folder, content):
            report("cached")
            return
        start = time.monotonic()
        report("resume" if folder.is_begun else "build")
        folder.begin(content, about)
        work()
        folder.finish(time.monotonic() - start)
    report("done")


def _is_made(folder: TargetFolder, content: Mapping[str, Any]) -> bool:
    """Whether a folder holds this result, finished."""
    if folder.is_begun:
        _check(folder, content)
    return folder.is_finished


def _check(folder: TargetFolder, content: Mapping[str, Any]) -> None:
    asked, found = _flat(content), _flat(folder.content())
    other = [
        name
        for name in sorted(asked.keys() | found.keys())
        if asked.get(name) != found.get(name)
    ]
    if other:
        raise ValueError(
            f"{str(folder.path)!r} holds what was made with another "
            f"{', '.join(other)}. Name another folder, or remove this one."
        )


def _flat(content: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes and versions beside the rest."""
    flat = {**content}
    return {
        **flat.pop("attributes", {}),
        **flat.pop("environment", {}),
        **flat,
    }
