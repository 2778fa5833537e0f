"""What the command line asks for."""

import pytest

from keras_av.cli.session import Session, labels_of
from keras_av.workspace import ConfigError, Label


def names(graph, *texts):
    return [label.name for label in labels_of(graph, texts)]


def test_patterns(workspace):
    (workspace / "a" / "b").mkdir(parents=True)
    text = 'load("@keras_av//:rules.bzl", "adam")\nadam(name = "x")\n'
    (workspace / "a" / "b" / "BUILD").write_text(text)
    graph = Session(str(workspace)).graph()
    every = names(graph, "//...")
    assert len(every) == 8 and every[-1] == "x"
    assert names(graph, "//a/...") == ["x"]
    assert names(graph, "//:all") == every[:-1]
    assert names(graph, "//:model", "//:model") == ["model"]


@pytest.mark.parametrize(
    "text, message",
    [
        ("//b/...", "matches nothing"),
        ("//b:x", "no package '//b'"),
        ("//:modle", "did you mean ':model'?"),
        ("a b", "is not a label"),
    ],
)
def test_what_names_nothing_is_refused(workspace, text, message):
    graph = Session(str(workspace)).graph()
    with pytest.raises(ConfigError) as error:
        labels_of(graph, [text])
    assert message in str(error.value)


def test_the_nearest_workspace(workspace, monkeypatch):
    inside = workspace / "a" / "b"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    graph = Session().graph()
    assert graph.workspace.root == workspace
    assert graph.folder(Label("", "a")).parents[1] == workspace / "out"
    (workspace / "WORKSPACE").unlink()
    with pytest.raises(ConfigError, match="no file WORKSPACE"):
        Session().graph()


def test_options(workspace):
    session = Session(str(workspace), str(workspace / "x"), ["a=b=c"])
    graph = session.graph()
    assert graph.workspace.defines == {"a": "b=c"}
    assert graph.folder(Label("", "a")).parents[1] == workspace / "x"
    with pytest.raises(ConfigError, match="write --define=name=value"):
        Session(str(workspace), defines=["a"]).graph()
