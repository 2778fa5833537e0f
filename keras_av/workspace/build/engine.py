"""The engine that makes a result in a folder once."""

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

    An interrupted result resumes in the same folder. If several processes need
    the same result, one does the work, and the others wait until it is
    finished.

    Args:
        folder: Folder of the result.
        content: What the result depends on.
        work: Function that makes the result.
        about: Further notes for readers of the folder. Defaults to none.
        report: Function that is called with `"cached"`, `"waiting"`,
            `"build"`, `"resume"` and `"done"` as they happen. Defaults to
            none.

    Raises:
        ValueError: If the folder contains another result.
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
    """Whether a folder contains this result, finished."""
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
            f"{str(folder.path)!r} contains a result of another "
            f"{', '.join(other)}. Use another folder, or remove this one."
        )


def _flat(content: Mapping[str, Any]) -> dict[str, Any]:
    """The content with attributes and versions at the top level."""
    flat = {**content}
    return {
        **flat.pop("attributes", {}),
        **flat.pop("environment", {}),
        **flat,
    }
