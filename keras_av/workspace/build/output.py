"""Results of targets, `out/<backend>/<package>/<name>/<key>`."""

import os
import pathlib
import uuid
from typing import Any

from keras_av.workspace.build.target_folder import TargetFolder
from keras_av.workspace.graph.graph import Graph
from keras_av.workspace.graph.node import Node
from keras_av.workspace.labels.label import Label

_LATEST = "latest"


def folder_of(node: Node) -> TargetFolder:
    """The folder of a target's result.

    Args:
        node: Target.

    Raises:
        ValueError: The target makes nothing.
    """
    if node.output is None:
        raise ValueError(f"{node.label} is not built")
    return TargetFolder(node.output)


def state(node: Node) -> str:
    """How far a target is built; empty if it only describes something.

    Args:
        node: Target.
    """
    if node.output is None:
        return ""
    folder = folder_of(node)
    if folder.is_finished:
        return "done"
    return "unfinished" if folder.is_begun else "not built"


def notes(graph: Graph, node: Node) -> dict[str, Any]:
    """Notes for readers of a result: its label, and those it depends on.

    Args:
        graph: Graph with the target.
        node: Target.
    """
    return {
        "label": str(node.label),
        "place": node.target.place,
        "labels": node.attributes,
        "keys": {str(one): graph.node(one).key for one in node.dependencies},
    }


def point_latest(path: pathlib.Path) -> None:
    """Let `latest`, beside the folder of a result, lead to it.

    Args:
        path: Path of the folder.
    """
    link = path.with_name(_LATEST)
    if link.is_symlink() and os.readlink(link) == path.name:
        return
    # Several builds may do so at once.
    aside = link.with_name(f"{_LATEST}.{uuid.uuid4().hex}")
    aside.symlink_to(path.name, target_is_directory=True)
    os.replace(aside, link)


def latest_record(
    graph: Graph, label: Label
) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Content of the latest finished result and notes about it, if any.

    Args:
        graph: Graph with the target.
        label: Label of the target.
    """
    folder = TargetFolder(graph.folder(label) / _LATEST)
    if not folder.is_finished:
        return None
    return folder.content(), folder.about()


def outdated_folders(
    graph: Graph, label: Label, everything: bool = False
) -> list[pathlib.Path]:
    """Folders of a target that its present key does not name.

    Args:
        graph: Graph with the target.
        label: Label of the target.
        everything: Whether to name the present one, too. Defaults to False.
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
        and TargetFolder(path).is_begun
        and (everything or path.name != present)
    )


def remove_folder(path: pathlib.Path) -> None:
    """Remove a result, and `latest` if it led there.

    Args:
        path: Path of its folder.
    """
    TargetFolder(path).remove()
    link = path.with_name(_LATEST)
    if link.is_symlink() and not link.exists():
        link.unlink()
