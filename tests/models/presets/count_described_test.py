import copy
import random
from concurrent.futures import ThreadPoolExecutor

import keras
import pytest

from keras_av.models import ResNetBackbone
from keras_av.models.presets.count_described import count_described
from tests.models.presets.preset_test import encoder


def config_of(*layers):
    layers = keras.Sequential([keras.Input((16, 16, 3)), *layers])
    return ResNetBackbone(10, 2, (16, 16, 3), preprocessor=layers).get_config()


@pytest.mark.backend
def test_counts_what_the_model_has():
    model = encoder()
    expected = sum(int(keras.ops.size(one.value)) for one in model.variables)
    assert count_described(ResNetBackbone, model.get_config()) == expected


@pytest.mark.backend
def test_draws_go_on_as_if_nothing_was_made():
    config = encoder().get_config()
    random.seed(3)
    count_described(ResNetBackbone, config)
    found = random.random()
    random.seed(3)
    assert found == random.random()


class Twice(keras.layers.Layer):
    def call(self, inputs):
        return 2 * inputs


def test_classes_of_a_scope_are_known():
    config = config_of(Twice())
    with keras.utils.custom_object_scope({"Twice": Twice}):
        assert count_described(ResNetBackbone, config) > 0


def test_lambdas_are_made_if_they_are_allowed():
    config = config_of(keras.layers.Lambda(lambda x: x))
    with pytest.raises(ValueError, match="unsafe"):
        count_described(ResNetBackbone, config)

    def allowed():
        # In a thread of its own, to leave the others as they are.
        keras.config.enable_unsafe_deserialization()
        return count_described(ResNetBackbone, config)

    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(allowed).result() > 0


@pytest.mark.backend
def test_the_config_is_left_as_it_was():
    """Keras takes the configs of functional models in it apart."""
    inputs = keras.Input((16, 16, 3))
    inner = keras.Model(inputs, keras.layers.Rescaling(2.0)(inputs))
    config = config_of(inner)
    before = copy.deepcopy(config)
    assert count_described(ResNetBackbone, config) > 0
    assert config == before
