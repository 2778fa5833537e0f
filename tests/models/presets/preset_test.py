import errno
import json
import os
import pathlib

import h5py
import keras
import numpy as np
import pytest

from keras_av.layers import FusionMLP
from keras_av.models import (
    Backbone,
    ImageAudioEncoder,
    Preset,
    ResNetBackbone,
)


def encoder(width=2):
    return ResNetBackbone(10, width, (16, 16, 3))


def without_checksums(folder):
    """A preset as it was before there were any, to be harmed."""
    encoder().save_to_preset(folder)
    (folder / "metadata.json").unlink()


def pair():
    image = ResNetBackbone(10, 2, (16, 16, 3))
    audio = keras.Sequential([keras.Input((9,)), keras.layers.Dense(4)])
    return ImageAudioEncoder(image, audio, FusionMLP(6, 8))


@pytest.mark.parametrize("make", [encoder, pair])
@pytest.mark.slow_on_tensorflow
def test_reads_what_was_written(make, tmp_path):
    model = make()
    make().save_to_preset(tmp_path / "preset")
    with pytest.raises(ValueError, match="pass overwrite=True"):
        model.save_to_preset(tmp_path / "preset")
    model.save_to_preset(tmp_path / "preset", overwrite=True)
    loaded = Preset.from_preset(tmp_path / "preset", trainable=False)
    assert type(loaded) is type(model)
    assert not loaded.trainable_variables
    for a, b in zip(loaded.get_weights(), model.get_weights()):
        np.testing.assert_array_equal(a, b)


def test_a_full_disk_is_told_and_leaves_the_former(tmp_path, monkeypatch):
    folder, model = tmp_path / "preset", encoder()
    model.save_to_preset(folder)

    def full(path):
        # In HDF5's words.
        pathlib.Path(path).write_text("half")
        raise RuntimeError(f"failed ({os.strerror(errno.ENOSPC)}, buf = 0x56)")

    monkeypatch.setattr(model, "save_weights", full)
    with pytest.raises(OSError, match="No space left. Make room") as error:
        model.save_to_preset(folder, overwrite=True)
    assert error.value.filename == str(folder)
    assert list(tmp_path.iterdir()) == [folder]
    Preset.from_preset(folder)


def test_what_a_killed_process_left_is_removed(tmp_path):
    left = tmp_path / ".preset-abcd1234"
    left.mkdir()
    (left / ".scratch.lock").touch()
    encoder().save_to_preset(tmp_path / "preset")
    assert list(tmp_path.iterdir()) == [tmp_path / "preset"]


def test_another_folder_is_left_alone(tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "notes.txt").write_text("precious")
    with pytest.raises(ValueError, match="notes.txt"):
        encoder().save_to_preset(tmp_path / "thesis")
    assert (tmp_path / "thesis" / "notes.txt").read_text() == "precious"


def test_says_what_is_wrong(tmp_path):
    with pytest.raises(ValueError, match="config.json is missing"):
        Backbone.from_preset(tmp_path)
    pair().save_to_preset(tmp_path / "preset")
    with pytest.raises(ValueError, match="holds a 'keras_av>ImageAudioEncoder"):
        ResNetBackbone.from_preset(tmp_path / "preset")


CONFIGS = {
    "no text": b"\xff\xfe",
    "cut off": b'{"registered_name": "keras_av>ResN',
    "too deep": b"[" * 100_000,
    "a list": b"[]",
    "no name": b'{"config": {}}',
    "a number for a name": b'{"registered_name": 3, "config": {}}',
    "no config": b'{"registered_name": "keras_av>ResNetBackbone"}',
    "an empty config": (
        b'{"registered_name": "keras_av>ResNetBackbone", "config": {}}'
    ),
    "a function": b'{"registered_name": "keras.ops.exp", "config": {}}',
    "an unknown class": b'{"registered_name": "keras_av>No", "config": {}}',
}


@pytest.mark.parametrize("damage", CONFIGS)
def test_a_malformed_config_is_told(tmp_path, damage):
    without_checksums(tmp_path / "preset")
    (tmp_path / "preset" / "config.json").write_bytes(CONFIGS[damage])
    with pytest.raises(ValueError, match="preset") as error:
        Preset.from_preset(tmp_path / "preset")
    assert type(error.value) is ValueError
    assert str(tmp_path / "preset") in str(error.value)


@pytest.mark.parametrize("key", ["input_shape", "depth", "width", "pooling"])
@pytest.mark.parametrize("value", [None, "x", -1, [[]], {"a": 1}])
def test_malformed_values_are_told(tmp_path, key, value):
    without_checksums(tmp_path / "preset")
    path = tmp_path / "preset" / "config.json"
    entry = json.loads(path.read_text())
    entry["config"][key] = value
    path.write_text(json.dumps(entry))
    with pytest.raises(ValueError, match="config.json' describes no 'keras_av"):
        Preset.from_preset(tmp_path / "preset")


@pytest.mark.backend
def test_more_weights_than_the_file_holds_are_refused_unmade(tmp_path):
    folder = tmp_path / "preset"
    without_checksums(folder)
    entry = json.loads((folder / "config.json").read_text())
    entry["config"]["width"] = 10**6
    (folder / "config.json").write_text(json.dumps(entry))
    with pytest.raises(
        ValueError, match="no weights .* 1,194,000,327,000,000 of"
    ):
        Preset.from_preset(folder)
    # At its end Keras gives values to what has none yet.
    with keras.StatelessScope():
        pass


def cut(path):
    path.write_bytes(path.read_bytes()[:-100])


def another_width(path):
    encoder(3).save_weights(path)


def without_a_layer(path):
    with h5py.File(path, "r+") as file:
        groups = []
        file.visit(lambda name: groups.append(name))
        vars = [g for g in groups if g.endswith("/vars") and len(file[g])]
        del file[vars[-1]]


def without_layers(path):
    with h5py.File(path, "r+") as file:
        for name in list(file):
            del file[name]


@pytest.mark.parametrize(
    "harm",
    [
        cut,
        another_width,
        without_a_layer,
        without_layers,
        lambda path: path.write_text("weights"),
    ],
    ids=["cut", "another width", "a layer lacks", "layers lack", "text"],
)
@pytest.mark.filterwarnings("ignore:Skipping nested container")
@pytest.mark.slow_on_tensorflow
def test_malformed_weights_are_told(tmp_path, harm):
    without_checksums(tmp_path / "preset")
    harm(tmp_path / "preset" / "model.weights.h5")
    with pytest.raises(ValueError, match="weights.h5' holds no weights of thi"):
        Preset.from_preset(tmp_path / "preset")


@pytest.mark.backend
@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.slow_on_jax
def test_weights_that_are_not_finite_are_refused_by_name(tmp_path, value):
    model = encoder()
    weight = model.weights[3]
    array = np.array(weight)
    array.flat[-1] = value
    weight.assign(array)
    model.save_to_preset(tmp_path / "preset")
    with pytest.raises(ValueError, match=f"in 1 of .*{weight.path}"):
        Preset.from_preset(tmp_path / "preset")


def payloads(target):
    """Configs of a layer that would write a file if they were executed."""
    code = f"open({str(target)!r}, 'w')"
    layer = keras.layers.Lambda(eval(f"lambda x: {code} and x"))
    yield keras.saving.serialize_keras_object(layer)
    for module, name, config in (
        ("os", "system", {"command": f"touch {target}"}),
        ("builtins", "exec", {"source": code}),
        ("builtins", "eval", code),
        ("subprocess", "Popen", {"args": ["touch", str(target)]}),
        ("keras.config", "enable_unsafe_deserialization", {}),
        ("keras.utils", "get_file", {"fname": "x", "origin": f"file://{code}"}),
    ):
        yield {
            "module": module,
            "class_name": name,
            "config": config,
            "registered_name": name,
        }
        yield {
            "module": module,
            "class_name": "function",
            "config": name,
            "registered_name": "function",
        }


@pytest.mark.parametrize("number", range(13))
def test_nothing_in_a_preset_is_executed(tmp_path, number):
    target = tmp_path / "executed"
    without_checksums(tmp_path / "preset")
    path = tmp_path / "preset" / "config.json"
    entry = json.loads(path.read_text())
    entry["config"]["preprocessor"] = list(payloads(target))[number]
    path.write_text(json.dumps(entry))
    with pytest.raises(ValueError, match="config.json' describes no 'keras_av"):
        Preset.from_preset(tmp_path / "preset")
    assert not target.exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["preset"]


@pytest.mark.parametrize("name", ["config.json", "model.weights.h5"])
def test_a_file_that_was_changed_is_refused(tmp_path, name):
    encoder().save_to_preset(tmp_path / "preset")
    path = tmp_path / "preset" / name
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(ValueError, match=f"{name}' is not the file"):
        Preset.from_preset(tmp_path / "preset")
    (tmp_path / "preset" / "metadata.json").unlink()
    Preset.from_preset(tmp_path / "preset")


def test_any_registered_model_is_loaded(tmp_path):
    """A folder as keras_hub writes it."""
    model = Registered(3)
    entry = keras.saving.serialize_keras_object(model)
    (tmp_path / "config.json").write_text(json.dumps(entry))
    model.save_weights(tmp_path / "model.weights.h5")
    versions = {"keras_version": "3", "keras_hub_version": "1", "tasks": []}
    (tmp_path / "metadata.json").write_text(json.dumps(versions))
    loaded = Preset.from_preset(tmp_path)
    assert type(loaded) is Registered
    for a, b in zip(loaded.get_weights(), model.get_weights()):
        np.testing.assert_array_equal(a, b)
    with pytest.raises(ValueError, match="Expected a Backbone"):
        Backbone.from_preset(tmp_path)


@keras.saving.register_keras_serializable(package="tests")
class Registered(keras.Model):
    """A model that is no preset."""

    def __init__(self, units, **kwargs):
        inputs = keras.Input((2,))
        outputs = keras.layers.Dense(units)(inputs)
        super().__init__(inputs=inputs, outputs=outputs, **kwargs)
        self.units = units

    def get_config(self):
        return {"units": self.units}

    @classmethod
    def from_config(cls, config):
        return cls(**config)
