"""Folders of results, `out/<backend>/<package>/<name>/<key>`."""

import os
import pathlib
from typing import Any

from keras_av.workspace.build.target_folder import TargetFolder
from keras_av.workspace.graph.graph import Graph
from keras_av.workspace.graph.node import Node
from keras_av.workspace.labels.label import Label

# Link to the folder of a target that was made last.
LATEST = "latest"


def folder_of(node: Node) -> TargetFolder:
    """The folder of a target's result.

    Args:
        node: Target.

    Raises:
        ValueError: If the target is not built.
    """
    if node.output is None:
        raise ValueError(f"{node.label} is not built")
    return TargetFolder(node.output)


def state(node: Node) -> str:
    """Build status of a target; empty if it is only a description.

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
    """Notes for readers of a result: its label and its dependencies.

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
    """Point the link `latest`, next to the folder of a result, to it.

    Args:
        path: Path of the folder.
    """
    link = path.with_name(LATEST)
    if link.is_symlink() and os.readlink(link) == path.name:
        return
    # Imported late: reading BUILD files must be quick.
    import uuid

    # Several builds may do so at the same time.
    aside = link.with_name(f"{LATEST}.{uuid.uuid4().hex}")
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
    folder = TargetFolder(graph.folder(label) / LATEST)
    if not folder.is_finished:
        return None
    return folder.content(), folder.about()


def outdated_folders(
    graph: Graph, label: Label, everything: bool = False
) -> list[pathlib.Path]:
    """Folders of a target whose key is not the current one.

    Args:
        graph: Graph with the target.
        label: Label of the target.
        everything: Whether to include the current one. Defaults to False.
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
        # The folder of a target may contain the folder of a package.
        and TargetFolder(path).is_begun
        and (everything or path.name != present)
    )


def remove_folder(path: pathlib.Path) -> None:
    """Remove a result, and `latest` if it points to it.

    Args:
        path: Path of the folder.
    """
    TargetFolder(path).remove()
    link = path.with_name(LATEST)
    if link.is_symlink() and not link.exists():
        link.unlink()
