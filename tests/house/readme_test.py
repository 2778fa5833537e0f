"""The README's Python runs as it stands, from top to bottom."""

import pathlib
import re

README = pathlib.Path(__file__).resolve().parents[2] / "README.md"


def test_the_code_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(), re.S)
    assert len(blocks) == 9
    scope = {}
    for block in blocks:
        exec(compile(block, "README.md", "exec"), scope)
    assert (tmp_path / "my_video_backbone" / "model.weights.h5").exists()
    assert (tmp_path / "my_student" / "model.weights.h5").exists()
    assert scope["classifier"].output_shape == (None, 5)
