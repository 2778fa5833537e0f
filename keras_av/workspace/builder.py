"""Builds targets: what is missing runs, what is there does not."""

import contextlib
import errno
import time
import traceback
from collections.abc import Callable, Iterator, Sequence

import filelock
import keras

from keras_av.workspace.graph import Graph, Node
from keras_av.workspace.label import Label
from keras_av.workspace.output import Output

_ERROR = "error.txt"


class Builder:
    """Builds targets and what they depend on, each once.

    A target that is finished is not built again. One that a killed build has
    left goes on where it stopped, in the same folder. Two builds may run at
    once: one of them waits where both need a target, and finds it finished.

    Args:
        graph: The targets.
        keep_going: Whether what does not depend on a failed target is still
            built. Defaults to False.
        log: Told what happens, a line at a time. Defaults to printing.

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
        """Targets and all they depend on, each after what it depends on.

        Args:
            labels: Of the targets that are wanted.

        Raises:
            ConfigError: If anything is wrong with them.
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
            labels: Of the targets.

        Returns:
            Whether all are finished.

        Raises:
            ConfigError: If anything is wrong with them; nothing has run.
        """
        nodes = self.plan(labels)
        self._check_missing(nodes)
        total = sum(node.output is not None for node in nodes)
        number = 0
        # What failed or was skipped of each target and all below it.
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
        """Refuse to begin what cannot end."""
        used = {
            label
            for node in nodes
            if node.output is not None and not Output(node).is_finished
            for label in node.dependencies
        }
        for node in nodes:
            missing = node.provider.missing() if node.output is None else None
            if missing and node.label in used:
                raise node.target.error(f"{node.label}: {missing}")

    def _build_one(self, node: Node, number: str) -> bool:
        """Build a target whose dependencies are finished."""
        output, start = Output(node), time.monotonic()
        name = f"{node.label}  {node.key}"
        try:
            if self._is_cached(output, f"[{number} cached] {name}"):
                return True
            output.folder.parent.mkdir(parents=True, exist_ok=True)
            with self._locked(output, name):
                if self._is_cached(output, f"[{number} cached] {name}"):
                    return True
                word = "resume" if output.is_begun else "build"
                self._log(f"[{number} {word}] {name}")
                output.begin()
                (output.folder / _ERROR).unlink(missing_ok=True)
                self._run(node)
                output.finish(time.monotonic() - start)
        except Exception as error:
            self._report(node, output, error)
            return False
        seconds = time.monotonic() - start
        self._log(f"[{number} done] {name}  {seconds:.1f} s")
        return True

    def _is_cached(self, output: Output, line: str) -> bool:
        """Whether a target is finished; it is the latest one then."""
        if output.is_finished:
            output.point_latest()
            self._log(line)
        return output.is_finished

    @contextlib.contextmanager
    def _locked(self, output: Output, name: str) -> Iterator[None]:
        """Hold a target that no other build may touch meanwhile."""
        lock = filelock.FileLock(output.lock)
        try:
            lock.acquire(blocking=False)
        except filelock.Timeout:
            self._log(f"[waiting] {name} is being built elsewhere")
            lock.acquire()
        try:
            yield
        finally:
            lock.release()

    def _run(self, node: Node) -> None:
        # Whatever was built before must not show in the result.
        keras.utils.clear_session()
        node.target.rule.function(node.provider, **node.arguments)

    def _report(self, node: Node, output: Output, error: Exception) -> None:
        place = f"[failed] {node.label}\n{node.target.place}:"
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            self._log(
                f"{place} no space is left for {output.folder}. Make room; "
                "the same command goes on from here."
            )
            return
        self._log(f"{place} {type(error).__name__}: {error}")
        trace = "".join(traceback.format_exception(error))
        try:
            (output.folder / _ERROR).write_text(trace, "utf-8")
            self._log(f"The traceback: {output.folder / _ERROR}")
        except OSError:
            # There is nowhere to write it.
            self._log(trace)
