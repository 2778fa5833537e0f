import keras
import numpy as np
import pytest
from keras import ops

from keras_av.layers import FeatureRegressor
from tests import harness


@pytest.mark.parametrize(
    "student, teacher",
    [
        ((6, 6, 3), (6, 6, 5)),
        ((8, 8, 3), (4, 4, 5)),
        ((4, 4, 3), (8, 8, 5)),
        ((7, 9, 3), (5, 9, 5)),
        ((2, 2, 3), (1, 1, 5)),
        ((4, 8, 8, 3), (4, 4, 4, 5)),
        ((2, 4, 4, 3), (2, 8, 8, 5)),
        ((4, 8, 6, 3), (2, 7, 6, 5)),
        ((10, 3), (5, 5)),
        ((5, 3), (10, 5)),
    ],
)
def test_convolutions_give_the_teachers_shape(student, teacher):
    layer = FeatureRegressor(teacher)
    found = layer(np.ones((2, *student), "float32"))
    assert tuple(found.shape) == (2, *teacher)
    assert layer.compute_output_shape((2, *student)) == (2, *teacher)
    assert (ops.convert_to_numpy(found) >= 0).all()


def test_a_difference_is_bridged_by_one_valid_convolution():
    """With all weights 1 it sums windows of the difference plus one."""
    layer = FeatureRegressor((2, 1))
    x = np.array([[[1.0], [2.0], [4.0]]], "float32")
    layer.build(x.shape)
    conv = layer.steps[1]
    conv.set_weights([np.ones(conv.kernel.shape), np.zeros(1)])
    found = ops.convert_to_numpy(layer(x))[0, :, 0]
    np.testing.assert_allclose(found, [3, 6], rtol=1e-2)


@pytest.mark.parametrize("student", [(4, 4, 3), (3,), (6, 3)])
def test_pool(student):
    x = np.random.default_rng(0).normal(size=(2, *student)).astype("float32")
    same = FeatureRegressor((9, 9, 3), "pool")
    axes = tuple(range(1, x.ndim - 1))
    np.testing.assert_allclose(
        ops.convert_to_numpy(same(x)), x.mean(axes), rtol=1e-4, atol=1e-6
    )
    assert not same.weights
    other = FeatureRegressor((9, 9, 5), "pool")
    assert tuple(other(x).shape) == (2, 5)
    assert other.compute_output_shape(x.shape) == (2, 5)


@pytest.mark.parametrize("shape", [(4, 4, 3), (3,)])
def test_linear(shape):
    layer = FeatureRegressor((*shape[:-1], 7), "linear")
    assert tuple(layer(np.ones((2, *shape))).shape) == (2, *shape[:-1], 7)


@pytest.mark.parametrize(
    "student, teacher, match",
    [
        ((4, 4, 3), (9, 9, 3), "conv"),
        ((4, 6, 3), (8, 3, 3), "conv"),
        ((4, 4, 3), (4, 3), "conv"),
        ((3,), (3,), "conv"),
        ((4, 4, 3), (None, 4, 3), "conv"),
        ((4, 4, 3), (2, 2, 3), "linear"),
    ],
)
def test_refuses_what_it_cannot_match(student, teacher, match):
    with pytest.raises(ValueError, match="match='pool' takes any"):
        FeatureRegressor(teacher, match)(np.ones((1, *student)))


def test_refuses_an_unknown_match():
    with pytest.raises(ValueError, match="'crop'"):
        FeatureRegressor((1,), "crop")


@pytest.mark.slow_on_jax
@pytest.mark.backend
def test_stands(tmp_path):
    x = np.random.default_rng(0).normal(size=(2, 8, 8, 3)).astype("float32")
    harness.check_layer(
        lambda **options: FeatureRegressor((4, 4, 5), **options),
        x,
        folder=tmp_path,
    )


@pytest.mark.parametrize("match", ["conv", "linear"])
def test_every_step_has_the_precision_of_the_whole(match):
    regressor = FeatureRegressor((4, 4, 6), match, dtype="bfloat16")
    regressor.build((None, 4, 4, 3))
    computed = {
        step.compute_dtype
        for step in regressor.steps
        if not isinstance(step, keras.layers.BatchNormalization)
    }
    assert computed == {"bfloat16"}
