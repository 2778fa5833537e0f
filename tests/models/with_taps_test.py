import keras
import numpy as np
import pytest
from keras import ops

from keras_av.models import ResNetBackbone, with_taps


def numpy(x):
    return ops.convert_to_numpy(x)


def backbone():
    return ResNetBackbone(10, 2, (32, 32, 3))


def images(num=2):
    return np.random.default_rng(0).normal(size=(num, 32, 32, 3))


def test_taps_of_a_classifier_on_a_backbone():
    inner = backbone()
    model = keras.Sequential([inner, keras.layers.Dense(5, name="head")])
    tapped = with_taps(model, ["stage2", "head", "stage2", "logits"])
    found = tapped(images())
    assert sorted(found) == ["head", "logits", "stage2"]
    expected = keras.Model(inner.input, inner.taps["stage2"])(images())
    np.testing.assert_allclose(numpy(found["stage2"]), numpy(expected), 1e-5)
    for name in ("head", "logits"):
        np.testing.assert_allclose(
            numpy(found[name]), numpy(model(images())), rtol=1e-5
        )
    assert len(tapped.weights) == len(model.weights)


def test_functional_models_and_backbones_themselves():
    inner = backbone()
    logits = keras.layers.Dense(5)(inner.output)
    outer = keras.Model(inner.input, logits)
    found = with_taps(outer, ["pool"])(images())
    np.testing.assert_allclose(
        numpy(found["pool"]), numpy(inner(images())), rtol=1e-5
    )
    tapped = with_taps(inner, ["stem", "stage4"])
    assert list(tapped.output["stage4"].shape[1:]) == [1, 1, 16]


def test_a_model_within_a_sequence_of_two():
    inner = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(3, name="deep")]
    )
    middle = keras.Sequential([inner, keras.layers.Dense(3)], name="middle")
    model = keras.Sequential([middle, keras.layers.Dense(2)])
    x = np.ones((1, 4))
    model(x)
    found = with_taps(model, ["middle"])(x)
    np.testing.assert_allclose(numpy(found["middle"]), numpy(middle(x)), 1e-5)


@pytest.mark.parametrize(
    "names, message",
    [(["stage9"], "'stage9'.*stage4"), (["same"], "several layers")],
)
def test_names_that_are_of_no_layer_or_of_two(names, message):
    def part():
        return keras.Sequential(
            [keras.Input((16,)), keras.layers.Dense(16, name="same")]
        )

    model = keras.Sequential([backbone(), part(), part()])
    with pytest.raises(ValueError, match=message):
        with_taps(model, names)


def test_a_model_inside_a_functional_one():
    inner = backbone()
    inputs = keras.Input((32, 32, 3))
    x = keras.layers.Dropout(0.5)(inner(inputs))
    outer = keras.Model(inputs, keras.layers.Dense(2)(x))
    outer.compile("sgd", loss="mse")
    before = outer.get_config()
    tapped = with_taps(outer, ["stage2", inner.name])
    found = tapped(images())
    expected = keras.Model(inner.input, inner.taps["stage2"])(images())
    np.testing.assert_allclose(numpy(found["stage2"]), numpy(expected), 1e-5)
    for name, model in ((inner.name, inner), ("logits", outer)):
        np.testing.assert_allclose(
            numpy(found[name]), numpy(model(images())), rtol=1e-5
        )
    assert {id(v) for v in tapped.weights} == {id(v) for v in outer.weights}
    assert outer.get_config() == before


def test_a_layer_that_another_model_called_first():
    shared = keras.layers.Dense(3, name="shared")
    inputs = [keras.Input((4,)), keras.Input((4,))]
    keras.Model(inputs[0], shared(inputs[0]))
    model = keras.Model(inputs[1], keras.layers.Dense(2)(shared(inputs[1])))
    x = np.ones((1, 4))
    found = with_taps(model, ["shared"])(x)
    np.testing.assert_allclose(numpy(found["shared"]), numpy(shared(x)), 1e-5)


def test_layers_without_one_output():
    x = keras.Input((3,))
    layer = keras.layers.Dense(3, name="twice")
    with pytest.raises(ValueError, match="called several times"):
        with_taps(keras.Model(x, layer(layer(x))), ["twice"])
    pair = keras.layers.Identity(name="pair")([x, x])
    with pytest.raises(ValueError, match="several outputs"):
        with_taps(keras.Model(x, pair[0]), ["pair"])


def test_training_and_inputs_by_name():
    image = keras.Input((8,), name="image")
    sound = keras.Input((4,), name="audio")
    inner = keras.Sequential(
        [keras.Input((8,)), keras.layers.BatchNormalization(name="norm")]
    )
    both = keras.layers.Concatenate()([inner(image), sound])
    model = keras.Model({"image": image, "audio": sound}, both)
    tapped = with_taps(model, ["norm"])
    batch = {"image": np.arange(16.0).reshape(2, 8), "audio": np.ones((2, 4))}
    for training in (True, False):
        norm = numpy(tapped(batch, training=training)["norm"])
        assert np.allclose(norm.mean(0), 0, atol=1e-3) == training


def test_a_model_without_a_graph():
    class Opaque(keras.Model):
        def call(self, x):
            return x

    with pytest.raises(ValueError, match="Wrap it"):
        with_taps(Opaque(), ["a"])
