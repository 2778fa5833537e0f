"""Files that earlier code wrote are read, and compute what they did."""

import json
import zipfile

import keras
import numpy as np
import pytest

from keras_av import methods
from keras_av.models import Preset, ResNet3DBackbone
from tests.saved import FILES

METHODS = {
    "supervised": methods.Supervised,
    "cross_modal_contrastive": methods.CrossModalContrastive,
    "sscl": methods.SSCL,
    "compositional_contrastive": methods.CompositionalContrastive,
    "hint_distillation": methods.HintDistillation,
    "listen_to_look": methods.ListenToLook,
    "skimming": methods.Skimming,
    "selected_clips": methods.SelectedClips,
}
# Options by their old names.
RENAMED = {
    "weight": "teacher_weight",
    "convex_lambda": "convex_weight",
    "output": "output_kind",
}

# Options that came later, and what they are in files without them.
ADDED = {
    "confidence": 0.8,
    "index": "both",
    "pooling": "mean",
    "unlabelled": "skip",
    "augmentation": None,
    "bank_momentum": {},
}
ADDED_TO_BANKS = {"on_host": False, "weighted_negatives": False}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("before")
    with zipfile.ZipFile(FILES) as file:
        file.extractall(folder)
    return folder


def arrays(path):
    with np.load(path, allow_pickle=False) as file:
        return dict(file)


def assert_close(found, expected, name):
    if np.issubdtype(expected.dtype, np.integer):
        np.testing.assert_array_equal(found, expected, err_msg=name)
    else:
        np.testing.assert_allclose(
            found, expected, rtol=1e-5, atol=1e-5, err_msg=name
        )


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.slow_on_tensorflow
def test_methods(folder, name):
    path, batch = folder / f"{name}.keras", arrays(folder / "batch.npz")
    model = keras.saving.load_model(path)
    assert type(model) is METHODS[name]
    if name == "hint_distillation":
        model.set_teacher(keras.saving.load_model(folder / "teacher.keras"))
        model.compile(model.optimizer)
    # The slots of the optimizer were read, too.
    assert int(model.optimizer.iterations) == 4
    slots = map(keras.ops.convert_to_numpy, model.optimizer.variables[2:])
    assert any(np.any(slot) for slot in slots)
    outputs = model.predict(batch, batch_size=8, verbose=0)
    outputs = outputs if isinstance(outputs, dict) else {"outputs": outputs}
    losses = model.evaluate(batch, batch_size=8, return_dict=True, verbose=0)
    found = {f"predict/{key}": value for key, value in outputs.items()}
    found |= {f"evaluate/{key}": value for key, value in losses.items()}
    expected = arrays(folder / f"{name}.npz")
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        assert_close(found[key], value, key)


@pytest.mark.parametrize("name", METHODS)
def test_configs_keep_their_keys(folder, name):
    with zipfile.ZipFile(folder / f"{name}.keras") as file:
        written = json.loads(file.read("config.json"))
    model = keras.saving.load_model(folder / f"{name}.keras", compile=False)
    now = keras.saving.serialize_keras_object(model)
    for key in ("class_name", "registered_name"):
        assert now[key] == written[key]
    old, new = written["config"], json.loads(json.dumps(now["config"]))
    old = {RENAMED.get(key, key): value for key, value in old.items()}
    for hint in old.get("hints", []):
        hint["loss_weight"] = hint.pop("weight")
    for key in ADDED.keys() & new.keys() - old.keys():
        assert new.pop(key) == ADDED[key]
    if "bank" in new:
        bank = new["bank"]["config"]
        for key in ADDED_TO_BANKS.keys() - old["bank"]["config"].keys():
            assert bank.pop(key) == ADDED_TO_BANKS[key]
    # Teachers are not in files.
    assert new.pop("teacher", None) is None
    assert _without_places(new) == _without_places(old)


def _without_places(config):
    """Modules have moved; Keras reads a registered class by its name."""
    if isinstance(config, dict):
        left_out = ("module", "build_config", "shared_object_id")
        return {
            key: _without_places(value)
            for key, value in config.items()
            if key not in left_out
        }
    if isinstance(config, list):
        return [_without_places(value) for value in config]
    return config


@pytest.mark.slow_on_tensorflow
def test_presets(folder):
    expected = arrays(folder / "preset.npz")
    backbone = Preset.from_preset(folder / "preset")
    assert type(backbone) is ResNet3DBackbone
    outputs = backbone.predict(expected["clips"], verbose=0)
    assert_close(outputs, expected["outputs"], "outputs")
