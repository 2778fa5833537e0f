"""A workspace of small rules."""

import pytest

from keras_av.workspace import Graph, Label, Workspace
from tests.workspace.toy_rules import RULES

HEAD = 'load("@keras_av//:rules.bzl", "data", "write")\n'


class Tree:
    """Writes BUILD files into a folder and reads them."""

    def __init__(self, root):
        self.root = root

    def write(self, path, text, head=HEAD):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(head + text)

    def workspace(self, **defines):
        return Workspace(self.root, RULES, defines)

    def graph(self, *overrides, **defines):
        out = self.root / "out"
        return Graph(self.workspace(**defines), out, overrides)

    def node(self, label, *overrides, **defines):
        return self.graph(*overrides, **defines).node(Label.parse(label))


@pytest.fixture(autouse=True)
def nothing_to_clear(monkeypatch):
    """Targets of these tests leave no layers behind, which takes seconds."""
    monkeypatch.setattr("keras.utils.clear_session", lambda: None)


@pytest.fixture
def tree(tmp_path):
    return Tree(tmp_path)
