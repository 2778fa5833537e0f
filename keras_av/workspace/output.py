"""Folders of what is built."""

import os
import pathlib
import shutil
import uuid
from typing import Any

from keras_av.workspace.graph import Graph, Node
from keras_av.workspace.label import Label
from keras_av.workspace.record import Record

_LATEST = "latest"


class Output:
    """The folder of a target, `out/<backend>/<package>/<name>/<key>`.

    It counts as finished when `done.json` is in it, which is written last.

    Args:
        node: The target.
    """

    def __init__(self, node: Node) -> None:
        if node.output is None:
            raise ValueError(f"{node.label} is not built")
        self.folder = node.output
        self._node = node
        self._record = Record(self.folder)

    @property
    def is_finished(self) -> bool:
        """Whether it has been built."""
        return self._record.is_finished

    @property
    def is_begun(self) -> bool:
        """Whether a build of it was begun."""
        return self._record.is_begun

    @property
    def lock(self) -> pathlib.Path:
        """The file that only one build at a time holds."""
        return self.folder.with_suffix(".lock")

    def begin(self) -> None:
        """Make the folder; what an earlier build left in it stays."""
        about = {
            "label": str(self._node.label),
            "place": self._node.target.place,
        }
        self._record.begin({**about, **self._node.contents})

    def finish(self, seconds: float) -> None:
        """Count it as finished."""
        self._record.finish(seconds)
        self.point_latest()

    def point_latest(self) -> None:
        """Let `latest`, beside the folder, lead to it."""
        link = self.folder.with_name(_LATEST)
        if link.is_symlink() and os.readlink(link) == self.folder.name:
            return
        # Several builds may do so at once.
        aside = link.with_name(f"{_LATEST}.{uuid.uuid4().hex}")
        aside.symlink_to(self.folder.name, target_is_directory=True)
        os.replace(aside, link)


def state(node: Node) -> str:
    """How far a target is built; empty if it only describes something."""
    if node.output is None:
        return ""
    output = Output(node)
    if output.is_finished:
        return "done"
    return "unfinished" if output.is_begun else "not built"


def latest_contents(graph: Graph, label: Label) -> dict[str, Any] | None:
    """What the key of the latest finished build was made of, if any."""
    record = Record(graph.folder(label) / _LATEST)
    return record.content() if record.is_finished else None


def outdated_folders(
    graph: Graph, label: Label, everything: bool = False
) -> list[pathlib.Path]:
    """Folders of a target that its present key does not name.

    Args:
        graph: The target's.
        label: Of the target.
        everything: Whether to name the present one too.
    """
    folder = graph.folder(label)
    if not folder.is_dir():
        return []
    present = graph.node(label).key
    return sorted(
        path
        for path in folder.iterdir()
        if path.is_dir()
        and not path.is_symlink()
        # A package may lie inside the folder of a name.
        and Record(path).is_begun
        and (everything or path.name != present)
    )


def remove_folder(folder: pathlib.Path) -> None:
    """Remove the folder of a target; what is left is never finished."""
    Record(folder).unfinish()
    shutil.rmtree(folder)
    folder.with_suffix(".lock").unlink(missing_ok=True)
    link = folder.with_name(_LATEST)
    if link.is_symlink() and not link.exists():
        link.unlink()
