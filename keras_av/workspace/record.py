"""What a folder says of itself."""

import json
import os
import pathlib
from typing import Any

_CONTENT = "target.json"
_DONE = "done.json"


class Record:
    """What a folder says of itself: what is made in it, and whether it is.

    Args:
        folder: That something is built in.
    """

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder

    @property
    def is_finished(self) -> bool:
        """Whether all is there."""
        return (self.folder / _DONE).is_file()

    @property
    def is_begun(self) -> bool:
        """Whether something was begun."""
        return (self.folder / _CONTENT).is_file()

    def content(self) -> dict[str, Any]:
        """What was begun, as it was told."""
        return json.loads((self.folder / _CONTENT).read_text("utf-8"))

    def begin(self, content: dict[str, Any]) -> None:
        """Make the folder; what an earlier run left in it stays.

        Args:
            content: What will be in it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        write_json(self.folder / _CONTENT, content)

    def finish(self, seconds: float) -> None:
        """Count it as finished: the last that is written.

        Args:
            seconds: That it took.
        """
        write_json(self.folder / _DONE, {"seconds": round(seconds, 3)})

    def unfinish(self) -> None:
        """Count it as not finished any more."""
        (self.folder / _DONE).unlink(missing_ok=True)


def write_json(path: pathlib.Path, value: Any) -> None:
    """Write a file whole or not at all, to the disk."""
    aside = path.with_name(f"{path.name}.aside")
    with open(aside, "w", encoding="utf-8") as file:
        json.dump(value, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    os.replace(aside, path)
