import keras
import numpy as np
import pytest
from keras import ops

from keras_av.methods.distillation.frozen_teacher import FrozenTeacher
from tests.gradients import gradients


def network():
    """Has batch statistics and dropout, which have to rest."""
    return keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Dense(6),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.5),
        ]
    )


@pytest.fixture
def clips():
    random = np.random.default_rng(0)
    return 3 + random.normal(size=(8, 4)).astype("float32")


def test_runs_in_inference_mode(clips):
    inner = network()
    before = inner.get_weights()
    # As in a step that trains: the mode of the outer call is inherited.
    inputs = keras.Input((4,))
    teacher = FrozenTeacher(inner, outputs=("descriptor",))
    outer = keras.Model(inputs, teacher({"video": inputs}))
    found = outer(clips, training=True)["descriptor"]
    expected = clips @ before[0] / np.sqrt(1 + 1e-3)
    np.testing.assert_allclose(
        ops.convert_to_numpy(found), expected, rtol=1e-4, atol=1e-5
    )
    for weight, old in zip(inner.get_weights(), before):
        np.testing.assert_array_equal(weight, old)


def test_it_is_built_with_its_network():
    """A model that holds it can be saved before its first batch."""
    assert FrozenTeacher(network(), outputs=("descriptor",)).built


@pytest.mark.backend
def test_takes_and_passes_no_gradient(clips):
    teacher = FrozenTeacher(network(), outputs=("descriptor",))
    assert not teacher.trainable_variables

    def loss(x):
        described = teacher({"video": x})["descriptor"]
        return ops.sum(x * x) + ops.sum(described * described)

    (found,) = gradients(loss, clips)
    np.testing.assert_allclose(found, 2 * clips, rtol=1e-5)
    assert not teacher.network.trainable


def test_a_pair_is_descriptor_and_logits(clips):
    inputs = keras.Input((4,))
    described = keras.layers.Dense(6)(inputs)
    pair = [described, keras.layers.Dense(3)(described)]
    teacher = FrozenTeacher(keras.Model(inputs, pair))
    assert teacher.shapes == {"descriptor": (None, 6), "logits": (None, 3)}
    found = teacher({"video": clips})
    for name, expected in zip(found, teacher.network(clips)):
        np.testing.assert_array_equal(
            *map(ops.convert_to_numpy, (found[name], expected))
        )
    with pytest.raises(ValueError, match="must return descriptor and logits"):
        FrozenTeacher(keras.Model(inputs, [*pair, described]))


def test_refuses_what_gives_no_descriptor():
    with pytest.raises(ValueError, match="logits"):
        FrozenTeacher(network())
