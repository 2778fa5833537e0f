"""Commands that show targets without building them."""

import json
import pathlib
from collections.abc import Sequence
from typing import Any

from keras_av.cli.draw_graph import draw_graph
from keras_av.workspace import Graph, Label
from keras_av.workspace.build.output import latest_record, state


def list_targets(graph: Graph, labels: Sequence[Label]) -> list[str]:
    """One line per target: its name, rule and build status.

    Args:
        graph: Graph of the workspace.
        labels: Labels of the targets.
    """
    rows = [("target", "rule", "state")]
    for label in labels:
        node = graph.node(label)
        rows.append((str(label), node.target.rule.spec.name, state(node)))
    widths = [max(len(row[k]) for row in rows) + 2 for k in range(3)]
    return [
        "".join(f"{cell:{width}}" for cell, width in zip(row, widths)).rstrip()
        for row in rows
    ]


def show_graph(
    graph: Graph, labels: Sequence[Label], picture: str | None = None
) -> list[str]:
    """The dependencies of targets as a tree; each one is expanded once.

    Args:
        graph: Graph of the workspace.
        labels: Labels of the targets.
        picture: Path of a picture to draw, .svg or .png. Defaults to none.
    """
    lines: list[str] = []
    shown: set[Label] = set()

    def show(label: Label, depth: int) -> None:
        node = graph.node(label)
        again = label in shown and node.dependencies
        mark = state(node)
        text = f"{'  ' * depth}{label}  {node.target.rule.spec.name}"
        text += f"  [{mark}]" if mark else ""
        lines.append(text + ("  (above)" if again else ""))
        shown.add(label)
        if not again:
            for dependency in node.dependencies:
                show(dependency, depth + 1)

    for label in labels:
        if label not in shown:
            show(label, 0)
    if picture is not None:
        draw_graph(graph, labels, pathlib.Path(picture))
        lines.append(f"Picture: {picture}")
    return lines


def describe(graph: Graph, label: Label) -> list[str]:
    """A target as a call of its rule, with every attribute.

    Args:
        graph: Graph of the workspace.
        label: Label of the target.
    """
    node = graph.node(label)
    lines = [f"# {node.target.place}", f"{node.target.rule.spec.name}("]
    lines.append(f'    name = "{label.name}",')
    given = {*node.target.attributes}
    for name, value in node.attributes.items():
        comment = "" if name in given else "  # default"
        lines.append(f"    {name} = {_starlark(value)},{comment}")
    lines += [")", f"# key: {node.key}"]
    if node.output is not None:
        lines.append(f"# {state(node)}: {node.output}")
    missing = graph.missing(label)
    return [*lines, *([f"# {missing}"] if missing else [])]


def why(graph: Graph, label: Label) -> list[str]:
    """Changes since a target was last built.

    Args:
        graph: Graph of the workspace.
        label: Label of the target.
    """
    node = graph.node(label)
    if node.output is None:
        return [f"{label} is a description; it is not built."]
    record = latest_record(graph, label)
    if record is None:
        return [f"{label} has not been built yet."]
    before, about = record
    lines = []
    for name in ("rule", "version", "environment"):
        lines += _changes(name, before[name], node.content[name])
    lines += _changes("attributes", about["labels"], node.attributes)
    old = about["keys"]
    new = {str(one): graph.node(one).key for one in node.dependencies}
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name):
            lines.append(f"  {name}: {old.get(name)} -> {new.get(name)}")
            lines += [f"    {x}" for x in _why_below(graph, name, old, new)]
    if before == node.content:
        return [f"{label} has not changed since it was built."]
    return [f"{label} will be rebuilt because of", *lines]


def _why_below(
    graph: Graph, name: str, old: dict[str, str], new: dict[str, str]
) -> list[str]:
    """Changes in a dependency that is itself built."""
    if name not in old or name not in new:
        return []
    label = Label.parse(name)
    if graph.node(label).output is None:
        return []
    return why(graph, label)[1:]


def _changes(name: str, old: Any, new: Any) -> list[str]:
    if not isinstance(old, dict):
        return [] if old == new else [f"  {name}: {old} -> {new}"]
    return [
        f"  {key}: {_starlark(old.get(key))} -> {_starlark(new.get(key))}"
        for key in sorted({*old, *new})
        if old.get(key) != new.get(key)
    ]


def _starlark(value: Any) -> str:
    """A value as written in BUILD files."""
    if isinstance(value, list):
        return "[" + ", ".join(map(_starlark, value)) + "]"
    if isinstance(value, dict):
        pairs = (f"{_starlark(k)}: {_starlark(v)}" for k, v in value.items())
        return "{" + ", ".join(pairs) + "}"
    return json.dumps(value) if isinstance(value, str) else repr(value)
