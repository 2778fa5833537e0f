"""Building of targets that are missing or out of date."""

import os
import pathlib
import time
import traceback
from collections.abc import Callable, Sequence
from typing import TypeGuard

from keras_av.workspace.build.engine import make_once
from keras_av.workspace.build.output import folder_of, notes, point_latest
from keras_av.workspace.graph.graph import Graph
from keras_av.workspace.graph.node import Node
from keras_av.workspace.labels.label import Label

_ERROR = "error.txt"


class Builder:
    """Builds targets and their dependencies, each once.

    A finished target is not rebuilt, and an interrupted one resumes in the
    same folder. Several builds may run at the same time: if two need the same
    target, one of them waits until it is finished.

    Args:
        graph: Graph with the targets.
        keep_going: Whether to continue with targets that do not depend on a
            failed target. Defaults to False.
        log: Function that is called with each line of progress. Defaults to
            `print`.

    Examples:

    >>> import dataclasses, pathlib, tempfile
    >>> from keras_av.workspace import (
    ...     Builder, Graph, Label, Provider, Workspace, rule
    ... )
    >>> @dataclasses.dataclass(frozen=True)
    ... class Text(Provider):
    ...     file: pathlib.Path
    >>> def plan(folder: pathlib.Path, *, words: str) -> Text:
    ...     return Text(folder / "words.txt")
    >>> @rule(plan=plan)
    ... def write(output: Text, *, words: str) -> None:
    ...     _ = output.file.write_text(words)
    >>> root = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (root / "BUILD").write_text(
    ...     'load("@keras_av//:rules.bzl", "write")\\n'
    ...     'write(name = "a", words = "hello")\\n'
    ... )
    >>> graph = Graph(Workspace(root, {"write": write}), root / "out")
    >>> builder = Builder(graph, log=lambda line: None)
    >>> builder.build([Label("", "a")])
    True
    >>> graph.node(Label("", "a")).provider.file.read_text()
    'hello'
    """

    def __init__(
        self,
        graph: Graph,
        keep_going: bool = False,
        log: Callable[[str], None] = print,
    ) -> None:
        self._graph = graph
        self._keep_going = keep_going
        self._log = log

    def plan(self, labels: Sequence[Label]) -> list[Node]:
        """List targets and all their dependencies, dependencies first.

        Args:
            labels: Labels of the targets.

        Raises:
            ConfigError: If a target is invalid.
        """
        order: dict[Label, Node] = {}

        def visit(label: Label) -> None:
            if label not in order:
                node = self._graph.node(label)
                for dependency in node.dependencies:
                    visit(dependency)
                order[label] = node

        for label in labels:
            visit(label)
        self._graph.check_overrides()
        return list(order.values())

    def build(self, labels: Sequence[Label]) -> bool:
        """Build targets.

        Args:
            labels: Labels of the targets.

        Returns:
            Whether all are finished.

        Raises:
            ConfigError: If a target is invalid; nothing has run yet.
        """
        nodes = self.plan(labels)
        self._check_missing(nodes)
        total = sum(node.output is not None for node in nodes)
        number = 0
        # Failed or skipped targets among each target and its dependencies.
        failed: dict[Label, set[Label]] = {}
        for node in nodes:
            needed = set().union(*(failed[one] for one in node.dependencies))
            failed[node.label] = needed
            if node.output is None:
                continue
            number += 1
            if needed:
                self._log(f"[skipped] {node.label} needs {min(needed)}")
            elif self._build_one(node, f"{number}/{total}"):
                continue
            failed[node.label] = needed | {node.label}
            if not self._keep_going:
                return False
        return not any(failed.values())

    def _check_missing(self, nodes: Sequence[Node]) -> None:
        """Raise an error before the build if a file is missing."""
        used = {
            label
            for node in nodes
            if node.output is not None and not folder_of(node).is_finished
            for label in node.dependencies
        }
        for node in nodes:
            missing = node.provider.missing() if node.output is None else None
            if missing and node.label in used:
                raise node.target.error(f"{node.label}: {missing}")

    def _build_one(self, node: Node, number: str) -> bool:
        """Build a target whose dependencies are finished."""
        folder, start = folder_of(node), time.monotonic()
        name = f"{node.label}  {node.key}"

        def report(event: str) -> None:
            if event == "waiting":
                self._log(f"[waiting] {name} is being built elsewhere")
            elif event == "done":
                seconds = time.monotonic() - start
                self._log(f"[{number} done] {name}  {seconds:.1f} s")
            else:
                self._log(f"[{number} {event}] {name}")

        try:
            make_once(
                folder,
                node.content,
                lambda: self._run(node),
                about=notes(self._graph, node),
                report=report,
            )
            point_latest(folder.path)
        except Exception as error:
            self._report(node, folder.path, error)
            return False
        return True

    def _run(self, node: Node) -> None:
        # Imported late: reading BUILD files must not require Keras.
        import keras

        from keras_av.ops.own_errors import own_errors

        (folder_of(node).path / _ERROR).unlink(missing_ok=True)
        # Targets built earlier must not affect the result.
        keras.utils.clear_session()
        with own_errors():
            node.target.rule.function(node.provider, **node.arguments)

    def _report(
        self, node: Node, folder: pathlib.Path, error: Exception
    ) -> None:
        place = f"[failed] {node.label}\n{node.target.place}:"
        # Imported late: reading BUILD files must not require Keras.
        from keras_av.ops.is_disk_full import is_disk_full

        if is_disk_full(error):
            self._log(
                f"{place} no space left for {folder}. Free some space; "
                "the same command resumes from here."
            )
            return
        if _is_locked_out(error, folder):
            self._log(
                f"{place} {error.filename} cannot be written: "
                f"{error.strerror}. Results go to {folder}. Make it writable, "
                "or choose another place by --out; the same command resumes "
                "from here."
            )
            return
        self._log(f"{place} {type(error).__name__}: {error}")
        trace = "".join(traceback.format_exception(error))
        try:
            (folder / _ERROR).write_text(trace, "utf-8")
            self._log(f"Traceback: {folder / _ERROR}")
        except OSError:
            # The folder is not writable.
            self._log(trace)


def _is_locked_out(
    error: Exception, folder: pathlib.Path
) -> TypeGuard[OSError]:
    """Whether a result cannot be written where it should be."""
    # Imported late: reading BUILD files must not require Keras.
    from keras_av.ops.is_locked_out import is_locked_out

    if not isinstance(error, OSError) or not is_locked_out(error):
        return False
    place = pathlib.Path(os.fsdecode(error.filename))
    return place.is_relative_to(folder) or folder.is_relative_to(place)
