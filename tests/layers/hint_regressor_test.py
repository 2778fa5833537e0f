import keras
import numpy as np
import pytest
from keras import ops

from keras_av.layers import HintRegressor


def numpy(x):
    return ops.convert_to_numpy(x)


def features(*shape):
    x = np.random.default_rng(0).uniform(0.5, 1.5, size=shape)
    return x.astype("float32")


@pytest.mark.parametrize(
    "positions, wanted, kernel, kind",
    [
        ((8,), (4,), (3,), "Conv1D"),
        ((4,), (8,), (4,), "Conv1DTranspose"),
        ((8, 8), (4, 4), (3, 3), "Conv2D"),
        ((4, 5), (8, 10), (4, 4), "Conv2DTranspose"),
        ((7, 7), (4, 5), (4, 3), "Conv2D"),
        ((4, 4), (4, 4), (1, 1), "Conv2D"),
        ((2, 8, 8), (2, 4, 4), (1, 3, 3), "Conv3D"),
        ((5, 8, 4), (2, 4, 4), (4, 3, 1), "Conv3D"),
        ((2, 4, 4), (2, 8, 8), (1, 4, 4), "Conv3DTranspose"),
    ],
)
def test_convolutions(positions, wanted, kernel, kind):
    layer = HintRegressor((*wanted, 6))
    x = features(2, *positions, 3)
    found = layer(x, training=True)
    assert tuple(found.shape) == (2, *wanted, 6)
    assert layer.compute_output_shape(x.shape) == (2, *wanted, 6)
    assert type(layer.project).__name__ == kind
    assert tuple(layer.project.kernel.shape[: len(kernel)]) == kernel
    assert numpy(found).min() >= 0


def test_convolutions_are_centred():
    """As in the original, half a kernel of zeros is on all sides."""
    x = features(1, 4, 1)
    half, double = HintRegressor((2, 1)), HintRegressor((8, 1))
    for layer, width in ((half, 3), (double, 4)):
        layer.build(x.shape)
        kernel = np.zeros((width, 1, 1))
        kernel[1] = np.sqrt(1 + 1e-5)
        layer.project.kernel.assign(kernel)
    np.testing.assert_allclose(numpy(half(x))[0, :, 0], x[0, ::2, 0], rtol=1e-5)
    expected = np.zeros(8)
    expected[::2] = x[0, :, 0]
    np.testing.assert_allclose(numpy(double(x))[0, :, 0], expected, rtol=1e-5)


@pytest.mark.parametrize("positions", [(), (5,), (2, 3), (2, 3, 4)])
def test_linear(positions):
    layer = HintRegressor((*positions, 4), "linear")
    x = features(2, *positions, 3)
    kernel = features(3, 4)
    layer.build(x.shape)
    layer.project.kernel.assign(kernel)
    np.testing.assert_allclose(numpy(layer(x)), x @ kernel, rtol=1e-5)


@pytest.mark.parametrize(
    "shape, target, kind",
    [
        ((4, 3), (7, 3), "conv"),
        ((4, 8, 3), (8, 4, 3), "conv"),
        ((4, 4, 3), (4, 3), "conv"),
        ((3,), (3,), "conv"),
        ((None, 4, 3), (4, 4, 3), "conv"),
        ((4, 3), (8, 3), "linear"),
    ],
)
def test_refuses_maps_that_do_not_fit(shape, target, kind):
    with pytest.raises(ValueError, match="cannot be brought to"):
        HintRegressor(target, kind).build((None, *shape))


def test_refuses_an_unknown_kind():
    with pytest.raises(ValueError, match="'mlp'"):
        HintRegressor((3,), "mlp")


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("wanted", [(2, 4, 4), (2, 16, 16)])
def test_half_precision(policy, wanted):
    layer = HintRegressor((*wanted, 4), dtype=policy)
    found = layer(features(2, 2, 8, 8, 3), training=True)
    assert keras.backend.standardize_dtype(found.dtype) == policy[6:]
    assert np.isfinite(numpy(ops.cast(found, "float32"))).all()


@pytest.mark.parametrize("kind", ["conv", "linear"])
def test_save_and_load(tmp_path, kind):
    inputs = keras.Input((4, 4, 3))
    model = keras.Model(inputs, HintRegressor((4, 4, 5), kind)(inputs))
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    x = features(2, 4, 4, 3)
    np.testing.assert_allclose(
        numpy(loaded(x)),
        numpy(model(x)),
        rtol=1e-6,
    )
