import keras
import numpy as np
import pytest

from keras_av.models.own_inputs import own_inputs


def functional(*names):
    inputs = {name: keras.Input((2,), name=name) for name in names}
    outputs = keras.layers.Concatenate()(list(inputs.values()))
    return keras.Model(inputs, outputs)


BATCH = {
    "audio": np.ones((3, 2)),
    "video": np.zeros((3, 2)),
    "label": np.arange(3),
}


def test_a_functional_model_takes_its_own_inputs():
    got = own_inputs(functional("audio", "video"), BATCH)
    assert sorted(got) == ["audio", "video"]
    assert all(got[name] is BATCH[name] for name in got)


class Sum(keras.Model):
    def call(self, batch):
        return batch["audio"] + batch["video"]


def test_other_models_take_the_batch():
    one = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    unbuilt = keras.Sequential([keras.layers.Dense(1)])
    for model in (Sum(), one, unbuilt):
        got = own_inputs(model, BATCH)
        assert got == BATCH and got is not BATCH


def test_a_missing_key_is_named():
    with pytest.raises(ValueError, match="without .'image', 'text'."):
        own_inputs(functional("image", "audio", "text"), BATCH)
