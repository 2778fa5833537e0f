"""What is shown of targets."""

import pytest

from keras_av.cli.session import Session
from keras_av.cli.show import describe, list_targets, show_graph, why
from keras_av.workspace import Builder, Label
from keras_av.workspace.build.output import (
    folder_of,
    notes,
    point_latest,
    state,
)

MODEL, REPORT = Label("", "model"), Label("", "report")


@pytest.fixture
def graph(workspace):
    return Session(str(workspace)).graph()


def test_list(graph):
    lines = list_targets(graph, [MODEL, Label("", "clips")])
    assert [line.split() for line in lines] == [
        ["target", "rule", "state"],
        ["//:model", "supervised", "not", "built"],
        ["//:clips", "clip_spec"],
    ]


def test_states(graph):
    node = graph.node(MODEL)
    assert state(node) == "not built"
    folder_of(node).begin(node.content)
    assert state(node) == "unfinished"
    folder_of(node).finish(1.0)
    assert state(node) == "done"


def test_graph(graph, tmp_path):
    lines = show_graph(graph, [REPORT])
    assert lines[:3] == [
        "//:report  report  [not built]",
        "  //:accuracy  evaluate  [not built]",
        "    //:model  supervised  [not built]",
    ]
    assert len(lines) == 7
    again = show_graph(graph, [MODEL, REPORT])
    assert "    //:model  supervised  [not built]  (above)" in again


@pytest.mark.parametrize("name", ["graph.svg", "graph.png"])
def test_picture(graph, tmp_path, name):
    lines = show_graph(graph, [REPORT], str(tmp_path / name))
    assert lines[-1] == f"Picture: {tmp_path / name}"
    data = (tmp_path / name).read_bytes()
    assert b"<svg" in data[:800] if name.endswith("svg") else b"PNG" in data


def test_describe(graph):
    text = "\n".join(describe(graph, MODEL))
    assert text.startswith("# BUILD:")
    assert '    name = "model",\n' in text
    assert "    epochs = 3,\n" in text
    assert "    label_smoothing = 0.0,  # default\n" in text
    assert f"# key: {graph.node(MODEL).key}" in text


def test_why(workspace, graph):
    assert why(graph, MODEL) == ["//:model has not been built yet."]
    for label in (MODEL, Label("", "accuracy")):
        node = graph.node(label)
        folder_of(node).begin(node.content, notes(graph, node))
        folder_of(node).finish(1.0)
        point_latest(node.output)
    assert "has not changed" in why(graph, MODEL)[0]
    changed = Session(
        str(workspace), overrides=["//:model.epochs=4", "//:adam.beta_1=0.5"]
    ).graph()
    text = "\n".join(why(changed, MODEL))
    assert "  epochs: 3 -> 4" in text and "  //:adam: " in text
    text = "\n".join(why(changed, Label("", "accuracy")))
    assert "    " + "  epochs: 3 -> 4" in text
    assert "is not built" in why(graph, Label("", "clips"))[0]
    assert Builder(changed).plan([REPORT])
