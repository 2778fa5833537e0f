"""Pictures of targets."""

import pytest

from keras_av.cli.draw_graph import draw_graph
from keras_av.cli.session import Session
from keras_av.workspace import Label


def test_other_endings_are_refused(workspace, tmp_path):
    graph = Session(str(workspace)).graph()
    with pytest.raises(ValueError, match=".svg or .png"):
        draw_graph(graph, [Label("", "report")], tmp_path / "graph.txt")


def test_every_target_is_in_it(workspace, tmp_path):
    graph = Session(str(workspace)).graph()
    draw_graph(graph, [Label("", "report")], tmp_path / "graph.svg")
    text = (tmp_path / "graph.svg").read_text()
    for name in ("report", "accuracy", "model", "encoder", "clips"):
        assert f"<!-- {name}" in text, name
