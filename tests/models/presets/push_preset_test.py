import pathlib
import shutil
import sys
import types

import numpy as np
import pytest
from keras import ops

from keras_av.models import Preset, ResNetBackbone, push_preset


@pytest.fixture
def hubs(tmp_path, monkeypatch):
    """Clients of hubs that keep what is pushed in a folder."""
    there = tmp_path / "hub"

    def push(name, folder):
        shutil.copytree(folder, there / name, dirs_exist_ok=True)

    def fetch(name):
        return str(there / name)

    hugging_face = types.ModuleType("huggingface_hub")
    hugging_face.create_repo = lambda repo_id, exist_ok: None
    hugging_face.upload_folder = lambda repo_id, folder_path: push(
        repo_id, folder_path
    )
    hugging_face.snapshot_download = lambda repo_id: fetch(repo_id)
    kaggle = types.ModuleType("kagglehub")
    kaggle.model_upload = push
    kaggle.model_download = fetch
    monkeypatch.setitem(sys.modules, "huggingface_hub", hugging_face)
    monkeypatch.setitem(sys.modules, "kagglehub", kaggle)


@pytest.mark.parametrize("handle", ["hf://me/mine", "kaggle://me/mine/keras/a"])
@pytest.mark.slow_on_tensorflow
def test_what_was_pushed_is_loaded(tmp_path, hubs, handle):
    model = ResNetBackbone(10, 2, (16, 16, 3))
    model.save_to_preset(tmp_path / "preset")
    push_preset(tmp_path / "preset", handle)
    loaded = Preset.from_preset(handle)
    x = np.ones((1, 16, 16, 3), "float32")
    np.testing.assert_array_equal(
        ops.convert_to_numpy(loaded(x)), ops.convert_to_numpy(model(x))
    )


def test_a_changed_preset_is_not_pushed(tmp_path, hubs):
    ResNetBackbone(10, 2, (16, 16, 3)).save_to_preset(tmp_path / "preset")
    (tmp_path / "preset" / "config.json").write_text("{}")
    with pytest.raises(ValueError, match="not the file"):
        push_preset(tmp_path / "preset", "hf://me/mine")
    assert not pathlib.Path(tmp_path / "hub").exists()


@pytest.mark.parametrize(
    "handle, client",
    [("hf://a/b", "huggingface_hub"), ("kaggle://a", "kaggle")],
)
def test_a_missing_client_is_named(monkeypatch, handle, client):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    monkeypatch.setitem(sys.modules, "kagglehub", None)
    with pytest.raises(ImportError, match=f"pip install {client}"):
        Preset.from_preset(handle)
