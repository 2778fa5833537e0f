import keras
import numpy as np
import pytest
from keras import ops

from keras_av.models import ResNetBackbone, with_descriptor


def test_backbone_with_a_classifier():
    backbone = ResNetBackbone(10, 2, (16, 16, 3))
    classifier = keras.Sequential([backbone, keras.layers.Dense(4)])
    x = np.random.default_rng(0).random((2, 16, 16, 3)).astype("float32")
    found = with_descriptor(classifier)(x)
    for name, model in {"descriptor": backbone, "logits": classifier}.items():
        np.testing.assert_allclose(
            ops.convert_to_numpy(found[name]),
            ops.convert_to_numpy(model(x)),
            atol=1e-6,
        )


def test_a_network_of_keras_applications():
    network = keras.applications.MobileNetV2(
        (32, 32, 3),
        alpha=0.35,
        weights=None,
        classes=7,
        classifier_activation=None,
    )
    found = with_descriptor(network)
    assert found.output["descriptor"].shape == (None, 1280)
    assert found.output["logits"].shape == (None, 7)


def test_a_named_layer():
    inputs = keras.Input((4,))
    x = keras.layers.Dense(3)(inputs)
    logits = keras.layers.Dense(2, name="head")(x)
    model = keras.Model(inputs, keras.layers.Identity()(logits))
    assert with_descriptor(model, "head").output["descriptor"].shape[-1] == 3
    with pytest.raises(ValueError, match="ends in a dense layer"):
        with_descriptor(model)


def test_probabilities_are_no_logits():
    model = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(2, "softmax")]
    )
    with pytest.raises(ValueError, match="'softmax'"):
        with_descriptor(model)


def test_a_subclassed_model_has_to_be_wrapped():
    class Plain(keras.Model):
        def call(self, x):
            return x

    with pytest.raises(ValueError, match="Wrap it"):
        with_descriptor(Plain())
