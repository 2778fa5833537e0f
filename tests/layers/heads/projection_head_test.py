import keras
import numpy as np
import pytest
from keras import ops

from keras_av.layers import ProjectionHead
from tests import harness


def oracle(x, weights):
    x = x.reshape(len(x), -1, x.shape[-1]).mean(axis=1)
    for i in range(0, len(weights), 2):
        x = x @ weights[i] + weights[i + 1]
        if i + 2 < len(weights):
            x = np.maximum(x, 0)
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


@pytest.mark.backend
@pytest.mark.parametrize("shape", [(5, 6), (5, 3, 6), (2, 2, 3, 4, 6)])
@pytest.mark.parametrize("hidden_units", [(), (7,), (7, 9)])
def test_matches_the_definition(shape, hidden_units):
    rng = np.random.default_rng(0)
    x = rng.standard_normal(shape)
    head = ProjectionHead(4, hidden_units)
    head.build(shape)
    head.set_weights([rng.standard_normal(w.shape) for w in head.weights])
    got = ops.convert_to_numpy(head(x.astype("float32")))
    weights = [w.astype("float64") for w in head.get_weights()]
    np.testing.assert_allclose(got, oracle(x, weights), rtol=1e-4, atol=1e-5)


def weight_gradients(head, x):
    """The gradient of the sum of the output with respect to the weights."""
    head(x)
    optimizer = keras.optimizers.SGD(1.0)
    model = keras.Sequential([keras.Input(x.shape[1:]), head])
    model.compile(
        optimizer,
        loss=lambda y_true, y_pred: ops.sum(y_pred, axis=-1),
        jit_compile=keras.backend.backend() == "jax",
    )
    before = head.get_weights()
    model.train_on_batch(x, np.zeros((len(x), head.units)))
    return [b - a for a, b in zip(head.get_weights(), before)]


@pytest.mark.parametrize("scale", [0.0, 1e-30, 1e-12, 1e-6, 1.0, 1e4])
def test_gradients_are_finite_at_any_length(scale):
    x = scale * np.ones((2, 3), "float32")
    for gradient in weight_gradients(ProjectionHead(4), x):
        assert np.isfinite(gradient).all()


def test_short_vectors_are_not_scaled_up():
    head = ProjectionHead(3)
    head.build((None, 3))
    head.set_weights([np.eye(3), np.zeros(3)])
    norms = np.array([0.0, 1e-9, 1e-6, 1e-3, 1e3], "float32")
    x = norms[:, None] * np.array([[1.0, 0, 0]], "float32")
    got = ops.convert_to_numpy(head(x))[:, 0]
    np.testing.assert_allclose(got, [0, 1e-3, 1, 1, 1], rtol=1e-4)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_half_precision_gives_float32_of_unit_length(policy):
    x = np.full((2, 40, 40, 6), 1000.0, "float32")
    head = ProjectionHead(4, (8,), dtype=policy)
    symbolic = head(keras.Input((40, 40, 6)))
    assert symbolic.dtype == "float32"
    got = head(x)
    assert keras.backend.standardize_dtype(got.dtype) == "float32"
    norms = np.linalg.norm(ops.convert_to_numpy(got), axis=-1)
    np.testing.assert_allclose(norms, 1.0, atol=1e-6)


def test_refuses_sizes_below_1():
    with pytest.raises(ValueError, match="positive sizes"):
        ProjectionHead(128, (0,))


@pytest.mark.backend
def test_stands(tmp_path):
    x = np.random.default_rng(0).standard_normal((3, 2, 5, 6))
    harness.check_layer(
        lambda **options: ProjectionHead(4, (7,), **options),
        x.astype("float32"),
        folder=tmp_path,
        dtype="float32",
    )
