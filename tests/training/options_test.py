"""Options of methods, read off their classes."""

import json

import keras
import pytest

from keras_av.methods import (
    SSCL,
    AudioTextContrastive,
    Skimming,
    Supervised,
)
from keras_av.training import StepModel
from keras_av.training.options import from_config, option_names, to_config


class Plain(StepModel):
    renamed_options = {"old_size": "size"}

    def __init__(self, layer, size=2, *, names=("a",), kept=None, **kwargs):
        super().__init__(loss_names=["one"], **kwargs)
        self.layer = layer
        self.size = size
        self.names = names
        self.kept = kept


class Narrow(Plain):
    def __init__(self, size):
        super().__init__(None, size)


class Forgetful(Plain):
    def __init__(self, extra, **kwargs):
        super().__init__(None, **kwargs)


def test_names():
    assert option_names(Plain, StepModel) == ["layer", "size", "names", "kept"]
    assert option_names(Narrow, StepModel) == ["size"]
    names = option_names(SSCL, StepModel)
    assert {"bank", "temperature", "head", "seed"} <= set(names)
    assert "loss_names" not in names and "kwargs" not in names
    assert option_names(Skimming, StepModel)[:2] != ["self"]
    assert "classifier" in option_names(Supervised, StepModel)
    # The encoders of the parent are given by position, and under other names.
    names = option_names(AudioTextContrastive, StepModel)
    assert names[:2] == ["audio_encoder", "text_encoder"]
    assert {"bank", "temperature", "head", "seed"} <= set(names)
    assert "video_encoder" not in names


def test_values():
    dense = keras.layers.Dense(2, name="dense")
    value = {"layers": [dense, None], "pair": (1, "two"), "number": 0.5}
    config = json.loads(json.dumps(to_config(value)))
    assert config["pair"] == [1, "two"] and config["number"] == 0.5
    again = from_config(config)
    assert again["layers"][0].get_config() == dense.get_config()
    assert again["layers"][1] is None


def test_methods_are_made_of_their_configs():
    model = Plain(keras.layers.Dense(3), 5, kept={"a": 1}, name="plain")
    config = json.loads(json.dumps(model.get_config()))
    again = Plain.from_config(config)
    assert (again.layer.units, again.size, again.name) == (3, 5, "plain")
    assert (again.names, again.kept) == (["a"], {"a": 1})
    config["old_size"] = config.pop("size")
    assert Plain.from_config(config).size == 5


def test_an_option_without_attribute_is_named():
    with pytest.raises(ValueError, match="Set it in __init__"):
        Forgetful(1).get_config()
