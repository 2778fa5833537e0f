"""Builds: cached, killed, failed, two at once."""

import errno
import json
import os
import pathlib
import threading
import time

import pytest

from keras_av.workspace import Builder, ConfigError, Label
from keras_av.workspace.build.output import (
    folder_of,
    outdated_folders,
    remove_folder,
)

CHAIN = """
data(name = "set")
write(name = "first", data = ":set", words = "one ")
write(name = "second", data = ":set", init = ":first", words = "two")
write(name = "other", data = ":set", words = "other")
"""
SECOND, OTHER = Label("a", "second"), Label("a", "other")


def build(tree, *labels, overrides=(), keep_going=False):
    """Whether all were built, and what was said."""
    graph, lines = tree.graph(*overrides), []
    builder = Builder(graph, keep_going=keep_going, log=lines.append)
    return builder.build(labels or [SECOND]), lines, graph


def words(lines):
    return [line.split("]")[0].split()[-1].strip("[") for line in lines]


def test_a_target_is_built_once(tree):
    tree.write("a/BUILD", CHAIN)
    done, lines, graph = build(tree)
    assert done and words(lines) == ["build", "done"] * 2
    text = graph.node(SECOND).provider.file
    assert text.read_text() == "one two"
    done, lines, _ = build(tree)
    assert done and words(lines) == ["cached", "cached"]
    assert (text.parent / "calls").read_text() == "x"


def test_a_change_builds_what_depends_on_it(tree):
    tree.write("a/BUILD", CHAIN)
    build(tree)
    _, lines, _ = build(tree, overrides=["//a:second.words=2"])
    assert words(lines) == ["cached", "build", "done"]
    _, lines, _ = build(tree, overrides=["//a:first.words=1"])
    assert words(lines) == ["build", "done"] * 2
    _, lines, _ = build(tree)
    assert words(lines) == ["cached", "cached"]


def test_a_folder_says_what_is_in_it(tree):
    tree.write("a/BUILD", CHAIN)
    _, _, graph = build(tree)
    node = graph.node(SECOND)
    record = json.loads((node.output / "target.json").read_text())
    first = graph.node(Label("a", "first")).key
    assert record["about"]["label"] == "//a:second"
    assert record["about"]["place"] == "a/BUILD:5"
    assert record["about"]["keys"]["//a:first"] == first
    assert record["content"]["attributes"]["words"] == "two"
    assert record["content"]["attributes"]["init"] == first
    latest = node.output.with_name("latest")
    assert latest.resolve() == node.output.resolve()


def test_latest_follows(tree):
    tree.write("a/BUILD", CHAIN)
    build(tree)
    _, _, graph = build(tree, overrides=["//a:second.words=2"])
    latest = graph.folder(SECOND) / "latest"
    assert (latest / "text.txt").read_text() == "one 2"
    build(tree)
    assert (latest / "text.txt").read_text() == "one two"


def test_a_failure_stops_the_build(tree):
    tree.write("a/BUILD", CHAIN.replace('"one "', '"fail"'))
    done, lines, graph = build(tree, SECOND, OTHER)
    assert not done and words(lines[:2]) == ["build", "failed"]
    text = "\n".join(lines)
    assert "a/BUILD:4: RuntimeError: these words cannot be written" in text
    first = graph.node(Label("a", "first"))
    assert "Traceback" in (first.output / "error.txt").read_text()
    assert not folder_of(first).is_finished


def test_keep_going_builds_what_can_be_built(tree):
    tree.write("a/BUILD", CHAIN.replace('"one "', '"fail"'))
    done, lines, graph = build(tree, SECOND, OTHER, keep_going=True)
    assert not done
    assert any("[skipped] //a:second needs //a:first" in x for x in lines)
    assert folder_of(graph.node(OTHER)).is_finished


def test_what_must_be_there_is_asked_for_first(tree):
    text = CHAIN.replace('name = "set"', 'name = "set", path = "/nowhere"')
    tree.write("a/BUILD", text)
    with pytest.raises(ConfigError, match="a/BUILD:3: //a:set: there is no"):
        build(tree)
    assert not (tree.root / "out").exists()


def test_a_killed_build_never_looks_finished(tree):
    tree.write("a/BUILD", CHAIN)
    graph = tree.graph()
    folder = folder_of(graph.node(OTHER))
    folder.begin(graph.node(OTHER).content)
    (folder.path / "text.txt").write_text("half")
    assert not folder.is_finished
    _, lines, graph = build(tree, OTHER)
    assert words(lines) == ["resume", "done"]
    assert graph.node(OTHER).provider.file.read_text() == "other"


def test_two_builds_at_once(tree):
    tree.write("a/BUILD", CHAIN)
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(build(tree)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [done for done, _, _ in found] == [True] * 4
    calls = found[0][2].node(SECOND).output / "calls"
    assert calls.read_text() == "x"


def test_a_clock_that_goes_back_changes_nothing(tree, monkeypatch):
    tree.write("a/BUILD", CHAIN)
    hours = iter(range(10**9, 0, -3600))
    monkeypatch.setattr(time, "time", lambda: next(hours))
    done, first, graph = build(tree)
    assert done and words(first) == ["build", "done"] * 2
    assert "-" not in "".join(line.split()[-2] for line in first[1::2])
    # What was made is of a later day than what is made now.
    for path in graph.node(SECOND).output.parent.parent.rglob("*"):
        os.utime(path, (2**32, 2**32))
    _, lines, _ = build(tree)
    assert words(lines) == ["cached", "cached"]
    _, lines, _ = build(tree, overrides=["//a:second.words=2"])
    assert words(lines) == ["cached", "build", "done"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_told(tree):
    tree.write("a/BUILD", CHAIN)
    (tree.root / "out").mkdir(mode=0o500)
    done, lines, _ = build(tree)
    assert not done and "cannot be written: Perm" in "\n".join(lines)


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.EPERM])
def test_a_disk_that_cannot_be_written_is_told_in_a_sentence(
    tree, monkeypatch, number
):
    def refuse(path, *args, **kwargs):
        raise OSError(number, os.strerror(number), path)

    tree.write("a/BUILD", CHAIN)
    with monkeypatch.context() as patch:
        patch.setattr("os.mkdir", refuse)
        graph, lines = tree.graph(), []
        assert not Builder(graph, log=lines.append).build([OTHER])
    place = f"cannot be written: {os.strerror(number)}. Results go to"
    assert place in lines[-1] and "Traceback" not in "".join(lines)
    _, lines, graph = build(tree, OTHER)
    assert words(lines) == ["build", "done"]


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        # HDF5's.
        RuntimeError("error message = 'No space left on device', buf = 0x56"),
    ],
)
def test_a_full_disk_is_told(tree, monkeypatch, error):
    write_text = pathlib.Path.write_text

    def full(path, *args, **kwargs):
        if path.name == "text.txt":
            raise error
        return write_text(path, *args, **kwargs)

    tree.write("a/BUILD", CHAIN)
    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.write_text", full)
        graph, lines = tree.graph(), []
        assert not Builder(graph, log=lines.append).build([OTHER])
    assert "a/BUILD:6: no space left for" in lines[-1]
    assert not folder_of(graph.node(OTHER)).is_finished
    _, lines, graph = build(tree, OTHER)
    assert words(lines) == ["resume", "done"]


def test_a_file_in_the_place_of_the_folder_is_told(tree):
    tree.write("a/BUILD", CHAIN)
    (tree.root / "out").write_text("")
    done, lines, _ = build(tree)
    assert not done and "[failed] //a:first" in "\n".join(lines)


def test_clean(tree):
    tree.write("a/BUILD", CHAIN)
    build(tree)
    _, _, graph = build(tree, overrides=["//a:second.words=2"])
    old = outdated_folders(tree.graph(), SECOND)
    assert [path.name for path in old] == [graph.node(SECOND).key]
    for folder in old:
        remove_folder(folder)
    assert not (graph.folder(SECOND) / "latest").exists()
    assert outdated_folders(tree.graph(), SECOND) == []
    assert len(outdated_folders(tree.graph(), SECOND, everything=True)) == 1
    _, lines, _ = build(tree)
    assert words(lines) == ["cached", "cached"]
