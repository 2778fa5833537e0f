import keras
import numpy as np
import pytest
from keras import ops

from keras_av.models import ResNet3DBackbone, ResNetBackbone, with_taps


def numpy(tree):
    return keras.tree.map_structure(ops.convert_to_numpy, tree)


def image(batch=2):
    x = np.random.default_rng(0).normal(size=(batch, 16, 16, 3))
    return x.astype("float32")


def base(name="base"):
    inputs = keras.Input((16, 16, 3))
    x = keras.layers.Conv2D(4, 3, padding="same", name="first")(inputs)
    y = keras.layers.BatchNormalization(name="norm")(x)
    y = keras.layers.Dropout(0.5, name="drop")(y)
    y = keras.layers.Add(name="add")([x, y])
    return keras.Model(inputs, y, name=name)


def classifier(inner, **kwargs):
    inputs = keras.Input((16, 16, 3))
    x = inner(inputs, **kwargs)
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    return keras.Model(inputs, keras.layers.Dense(3, name="top")(x))


def test_a_functional_model():
    inner, x = base(), image()
    network = classifier(inner)
    taps = ["base/norm", "pool", "base", "base/first"]
    output, norm, pool, whole, first = numpy(with_taps(network, taps)(x))
    np.testing.assert_allclose(output, numpy(network(x)), rtol=1e-5)
    np.testing.assert_allclose(
        first, numpy(inner.get_layer("first")(x)), rtol=1e-5, atol=1e-6
    )
    np.testing.assert_allclose(first + norm, whole, rtol=1e-5)
    np.testing.assert_allclose(pool, whole.mean((1, 2)), rtol=1e-4, atol=1e-6)


def test_two_levels_down():
    network = keras.Sequential([classifier(base()), keras.layers.Dense(2)])
    path = f"{network.layers[0].name}/base/first"
    output, first = numpy(with_taps(network, [path])(image()))
    assert output.shape == (2, 2) and first.shape == (2, 16, 16, 4)


def test_training_reaches_inside():
    tapped = with_taps(classifier(base()), ["base/norm"])
    for training in (True, False):
        _, norm = numpy(tapped(image(), training=training))
        centred = np.allclose(norm.mean((0, 1, 2)), 0, atol=1e-4)
        assert centred == training


@pytest.mark.parametrize(
    "backbone, shape",
    [(ResNetBackbone, (16, 16, 3)), (ResNet3DBackbone, (4, 16, 16, 3))],
)
def test_backbones(backbone, shape):
    network = backbone(10, 2, shape, name="backbone")
    x = np.random.default_rng(0).normal(size=(2, *shape)).astype("float32")
    reference = keras.Model(network.input, network.taps)
    expected = numpy(reference(x))
    output, *maps = numpy(with_taps(network, list(network.taps))(x))
    np.testing.assert_allclose(output, numpy(network(x)), 1e-5, atol=1e-6)
    for found, name in zip(maps, network.taps):
        np.testing.assert_allclose(found, expected[name], rtol=1e-5, atol=1e-6)
    # Used elsewhere first, and under a model that has another output.
    keras.Sequential([network, keras.layers.Dense(3)])
    outer = keras.Sequential([network, keras.layers.Dense(4)])
    tapped = with_taps(outer, ["backbone/stage2", "backbone"])
    _, stage, descriptor = numpy(tapped(x))
    np.testing.assert_allclose(stage, expected["stage2"], 1e-5, atol=1e-6)
    np.testing.assert_allclose(descriptor, output, 1e-5, atol=1e-6)


def test_inputs_by_name():
    image, sound = (
        keras.Input((3,), name="image"),
        keras.Input((4,), name="audio"),
    )
    look = keras.layers.Dense(2, name="look")(image)
    both = keras.layers.Concatenate()([look, sound])
    network = keras.Model({"image": image, "audio": sound}, both)
    batch = {"image": np.ones((5, 3)), "audio": np.zeros((5, 4))}
    output, look = numpy(with_taps(network, ["look"])(batch))
    np.testing.assert_allclose(output[:, :2], look, rtol=1e-6)


def test_weights_are_shared_and_the_network_is_as_before(tmp_path):
    network = classifier(base())
    network.compile("sgd", loss="mse")
    before = network.get_config()
    tapped = with_taps(network, ["base/first"])
    assert {id(v) for v in tapped.variables} == {
        id(v) for v in network.variables
    }
    assert network.get_config() == before
    network.save(tmp_path / "network.keras")
    loaded = keras.saving.load_model(tmp_path / "network.keras")
    expected = numpy(network(image()))
    np.testing.assert_allclose(numpy(loaded(image())), expected, rtol=1e-6)


def test_refuses():
    network = classifier(base())
    with pytest.raises(ValueError, match="'pool', 'top'"):
        with_taps(network, ["lop"])
    with pytest.raises(ValueError, match="no layers .'first2'"):
        with_taps(network, ["base/first2"])
    with pytest.raises(ValueError, match="'stem', 'stage1'"):
        with_taps(ResNetBackbone(10, 2, (16, 16, 3)), ["stage5"])
    with pytest.raises(ValueError, match="functional and sequential"):
        with_taps(network, ["pool/inner"])

    layer = keras.layers.Dense(3, name="twice")
    x = keras.Input((3,))
    with pytest.raises(ValueError, match="more than once"):
        with_taps(keras.Model(x, layer(layer(x))), ["twice"])
    y = keras.layers.Identity(name="pair")([x, x])
    with pytest.raises(ValueError, match="one output"):
        with_taps(keras.Model(x, y[0]), ["pair"])
