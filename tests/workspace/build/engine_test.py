"""One engine: BUILD files, programs, and several of them at once."""

import dataclasses
import pathlib
import subprocess
import sys
import time

import pytest

from keras_av.workspace import Builder, Label, Provider, rule
from tests.workspace.toy_rules import data, write


@dataclasses.dataclass(frozen=True)
class Files(Provider):
    names: tuple[str, ...]

    def digest(self):
        return str(self.names)


@dataclasses.dataclass(frozen=True)
class Text(Provider):
    file: pathlib.Path


@rule()
def files(*, names: list[str]) -> Files:
    return Files(tuple(names))


@rule(plan=lambda folder, **_: Text(folder / "text.txt"))
def append(
    output: Text,
    *,
    source: Files,
    after: Text | None = None,
    fail: bool = False,
    factor: float = 1.0,
) -> None:
    with output.file.open("a") as file:
        file.write("x")
    if fail and output.file.read_text() == "x":
        raise RuntimeError("killed")


def length(text):
    return len(text.file.read_text())


def test_what_is_finished_is_not_done_again(tmp_path):
    source = files(names=["a"])
    assert length(append(tmp_path / "1", source=source)) == 1
    assert length(append(tmp_path / "1", source=files(names=["a"]))) == 1
    first = append(tmp_path / "1", source=source)
    # What was made of it is known by how it was made.
    assert length(append(tmp_path / "2", source=source, after=first)) == 1
    assert length(append(tmp_path / "2", source=source, after=first)) == 1


def test_what_is_not_finished_goes_on(tmp_path):
    source = files(names=["a"])
    with pytest.raises(RuntimeError):
        append(tmp_path, source=source, fail=True)
    assert length(append(tmp_path, source=source, fail=True)) == 2


@pytest.mark.parametrize(
    "changes", [{"factor": 2.0}, {"source": files(names=["b"])}]
)
def test_a_folder_of_something_else_is_refused(tmp_path, changes):
    shared = {"source": files(names=["a"]), "fail": True}
    with pytest.raises(RuntimeError):
        append(tmp_path, **shared)
    (name,) = changes
    with pytest.raises(ValueError, match=f"of another {name}. Use another"):
        append(tmp_path, **{**shared, **changes})
    # Not even what a run has left is lost.
    assert (tmp_path / "text.txt").read_text() == "x"


def test_another_backend_is_refused(tmp_path, monkeypatch):
    append(tmp_path, source=files(names=["a"]))
    monkeypatch.setattr("keras.backend.backend", lambda: "another")
    with pytest.raises(ValueError, match="of another backend"):
        append(tmp_path, source=files(names=["a"]))


def test_what_nobody_knows_is_done_again(tmp_path):
    for count in (1, 2):
        text = append(tmp_path, source=Files(("not made by a rule",)))
        assert length(text) == count


def test_what_a_build_file_made_a_program_takes(tree):
    tree.write("a/BUILD", 'data(name = "s")\nwrite(name = "t", data = ":s")\n')
    graph = tree.graph()
    label = Label("a", "t")
    assert Builder(graph, log=lambda line: None).build([label])
    node = graph.node(label)
    text = write(node.output, data=data())
    assert text.file.with_name("calls").read_text() == "x"
    with pytest.raises(ValueError, match="of another words"):
        write(node.output, data=data(), words="other")


def test_what_a_program_made_a_build_file_takes(tree):
    tree.write(
        "a/BUILD",
        'data(name = "s")\nwrite(name = "first", data = ":s")\n'
        'write(name = "t", data = ":s", init = ":first", rate = 1)\n',
    )
    graph, lines = tree.graph(), []
    first, last = (graph.node(Label("a", name)) for name in ("first", "t"))
    made = write(first.output, data=data())
    write(last.output, data=data(), init=made, rate=1)
    assert Builder(graph, log=lines.append).build([last.label])
    assert ["cached" in line for line in lines] == [True, True]


_PROGRAM = """
import pathlib, sys, time
from tests.workspace.toy_rules import data, write

function = write.function

def slowly(output, **attributes):
    (output.file.parent / "started").touch()
    # Until the other one waits, or never will.
    for _ in range(600):
        if pathlib.Path(sys.argv[2]).exists():
            break
        time.sleep(0.1)
    function(output, **attributes)

write.function = slowly
write(sys.argv[1], data=data())
"""


@pytest.mark.slow_on_tensorflow
def test_two_processes_do_the_work_once(tmp_path):
    folder, waited = tmp_path / "x", tmp_path / "waited"
    start = [sys.executable, "-u", "-c", _PROGRAM, str(folder), str(waited)]
    first = subprocess.Popen(start)
    while not (folder / "started").exists():
        assert first.poll() is None
        time.sleep(0.05)
    pipe = {"stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(start, **pipe) as second:
        said = any("being made by another process" in x for x in second.stdout)
        waited.touch()
        assert said and first.wait() == second.wait() == 0
    assert (folder / "calls").read_text() == "x"
