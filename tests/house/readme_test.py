"""The README's Python runs as it stands, from top to bottom."""

import pathlib
import re

import pytest

from keras_av.cli.session import Session
from keras_av.workspace import ConfigError, Label

README = pathlib.Path(__file__).resolve().parents[2] / "README.md"


@pytest.mark.slow
def test_the_code_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(), re.S)
    assert len(blocks) == 11
    scope = {}
    for block in blocks:
        exec(compile(block, "README.md", "exec"), scope)
    assert (tmp_path / "my_video_backbone" / "model.weights.h5").exists()
    assert (tmp_path / "my_student" / "model.weights.h5").exists()
    assert (tmp_path / "served" / "model.tflite").exists()
    assert scope["classifier"].output_shape == (None, 5)


def test_the_targets_are_right(tmp_path):
    (block,) = re.findall(r"```starlark\n(.*?)```", README.read_text(), re.S)
    (tmp_path / "BUILD").write_text(block)
    graph = Session(str(tmp_path)).graph()
    targets = graph.workspace.package("")
    assert len(targets) == 15
    for name in targets:
        assert graph.node(Label("", name)).key
    (message,) = re.findall(r"ERROR: (BUILD:.*)", README.read_text())
    (tmp_path / "BUILD").write_text(block.replace('":adam"', '":adm"'))
    graph = Session(str(tmp_path)).graph()
    with pytest.raises(ConfigError) as error:
        graph.node(Label("", "report"))
    assert str(error.value) == message
