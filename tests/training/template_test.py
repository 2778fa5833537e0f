"""Layers of one template."""

import json
import random

import keras
import numpy as np

from keras_av.layers import MemoryBank, ProjectionHead
from keras_av.training import Template


def test_layers_are_apart():
    template = Template(ProjectionHead(3, seed=1))
    one, two, same = (
        template.make(name, seed)
        for name, seed in (("one", None), ("two", 2), ("same", None))
    )
    assert [one.name, two.name] == ["one", "two"]
    assert [one.seed, two.seed] == [1, 2]
    for layer in (one, two, same):
        layer.build((None, 4))
    kernels = [layer.get_weights()[0] for layer in (one, two, same)]
    assert (kernels[0] != kernels[1]).any()
    np.testing.assert_array_equal(kernels[0], kernels[2])


def test_the_file_holds_the_layer():
    bank = MemoryBank(5, 3, num_negatives=2, name="rows")
    template = Template(bank)
    state = random.getstate()
    config = json.loads(json.dumps(template.option_config()))
    assert random.getstate() == state
    again = keras.saving.deserialize_keras_object(config)
    assert type(again) is MemoryBank
    assert again.get_config() == bank.get_config()
