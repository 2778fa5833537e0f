import keras
import numpy as np
import pytest
from keras import ops

from keras_av import losses
from keras_av.losses import in_batch_info_nce
from tests.gradients import compiled, gradients

pytestmark = pytest.mark.backend
multi_class_nce = compiled(losses.multi_class_nce, "temperature", "legacy_eps")

CASES = ["rand8", "distinct6", "scale_invariance", "identical4", "ortho4"]


def oracle(x, y, labels, temperature):
    """The definition, one pair at a time, in float64."""
    x = x / np.linalg.norm(x, axis=1, keepdims=True)
    y = y / np.linalg.norm(y, axis=1, keepdims=True)
    p = np.exp(x @ y.T / temperature)
    p = p / p.sum(1, keepdims=True)
    losses = []
    for i, own in enumerate(labels):
        same = [-np.log(p[i, j]) for j in np.flatnonzero(labels == own)]
        others = [-np.log(1 - p[i, j]) for j in np.flatnonzero(labels != own)]
        losses.append(np.mean(same) + (np.mean(others) if others else 0))
    return np.array(losses)


def pairs(batch, dim=8, classes=3, seed=0):
    random = np.random.default_rng(seed)
    x, y = random.normal(size=(2, batch, dim))
    return x, y, random.integers(0, classes, batch)


def numpy(x):
    return ops.convert_to_numpy(x)


@pytest.mark.parametrize("temperature", [0.1, 0.5, 2.0])
@pytest.mark.parametrize("batch", [1, 2, 9])
@pytest.mark.parametrize("classes", [1, 3, 100])
def test_matches_the_definition(batch, classes, temperature):
    x, y, labels = pairs(batch, classes=classes)
    got = multi_class_nce(x, y, labels, temperature)
    expected = oracle(x, y, labels, temperature)
    np.testing.assert_allclose(numpy(got), expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("case", CASES)
def test_golden(vectors, case):
    golden = {
        name.removeprefix(f"{case}_"): value
        for name, value in vectors("ccl_nce").items()
        if name.startswith(f"{case}_")
    }
    f1, f2, labels = golden["f1"], golden["f2"], golden["y"]
    temperature = float(golden["T"])

    def loss(x, y):
        return ops.mean(multi_class_nce(x, y, labels, temperature))

    np.testing.assert_allclose(
        numpy(multi_class_nce(f1, f2, labels, temperature)),
        golden["pos_term"] + golden["neg_term"],
        rtol=1e-5,
    )
    np.testing.assert_allclose(float(loss(f1, f2)), golden["loss"], rtol=1e-5)
    for got, name in zip(gradients(loss, f1, f2), ("g1", "g2")):
        np.testing.assert_allclose(got, golden[name], rtol=1e-4, atol=1e-6)


def test_closed_forms():
    ones = np.ones((4, 5))
    for labels in ([0, 0, 1, 1], [0, 1, 2, 3]):
        got = multi_class_nce(ones, ones, np.array(labels), 0.5)
        np.testing.assert_allclose(numpy(got), np.log(16 / 3), rtol=1e-5)
    eye, others = np.eye(4), np.exp(2.0) + 3
    got = multi_class_nce(eye, eye, np.arange(4), 0.5)
    expected = -np.log(np.exp(2.0) / others) - np.log(1 - 1 / others)
    np.testing.assert_allclose(numpy(got), expected, rtol=1e-5)


def test_two_classes_of_one_are_twice_info_nce():
    x, y, _ = pairs(2)
    x, y = (z / np.linalg.norm(z, axis=1, keepdims=True) for z in (x, y))
    got = multi_class_nce(x, y, np.array([5, 3]), 0.2)
    once, _ = in_batch_info_nce(x, y, 0.2)
    np.testing.assert_allclose(numpy(got), 2 * numpy(once), rtol=1e-4)


def test_permutation_and_names_of_classes_change_nothing():
    x, y, labels = pairs(7)
    order = np.random.default_rng(1).permutation(7)
    plain = numpy(multi_class_nce(x, y, labels, 0.5))
    moved = multi_class_nce(x[order], y[order], 10 - labels[order], 0.5)
    np.testing.assert_allclose(numpy(moved), plain[order], rtol=1e-5)


def test_a_masked_pair_is_as_if_it_were_not_there():
    x, y, labels = pairs(6)
    mask = np.array([True, False, True, True, True, False])
    x[1] = y[5] = 0
    got = numpy(multi_class_nce(x, y, labels, 0.3, mask=mask))
    expected = multi_class_nce(x[mask], y[mask], labels[mask], 0.3)
    np.testing.assert_allclose(got[mask], numpy(expected), rtol=1e-5)
    np.testing.assert_array_equal(got[~mask], 0)


def test_a_sure_mistake_costs_its_distance():
    """1 - p of the wrong one is exp(-2 / 0.01), which float32 has not."""
    x = np.array([[1.0, 0.0], [-1.0, 0.0]])
    got = multi_class_nce(x, -x, np.array([0, 1]), 0.01)
    np.testing.assert_allclose(numpy(got), 400, rtol=1e-5)


@pytest.mark.parametrize(
    "labels, mask",
    [
        ([2, 2, 2], [True, True, True]),
        ([0], [True]),
        ([0], [False]),
        ([0, 1, 2], [False, False, False]),
        ([0, 1, 2], [False, True, False]),
    ],
    ids=["one class", "one pair", "no pair", "none heard", "one heard"],
)
def test_degenerate_batches_have_finite_losses_and_gradients(labels, mask):
    x, y, _ = pairs(len(labels))
    x[-1] = 0
    labels, mask = np.array(labels), np.array(mask)

    def loss(x, y):
        return ops.mean(multi_class_nce(x, y, labels, 0.01, mask=mask))

    assert np.isfinite(float(loss(x, y)))
    for gradient in gradients(loss, x, y):
        assert np.isfinite(gradient).all()


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_gives_finite_float32(dtype):
    x, y, labels = pairs(5)
    x = ops.cast(ops.convert_to_tensor(3e4 * np.sign(x)), dtype)
    got = multi_class_nce(x, ops.cast(y, dtype), labels, 0.01)
    assert keras.backend.standardize_dtype(got.dtype) == "float32"
    assert np.isfinite(numpy(got)).all()


def test_the_originals_constants():
    x, y, labels = pairs(7)
    plain = numpy(multi_class_nce(x, y, labels, 0.5))
    legacy = numpy(multi_class_nce(x, y, labels, 0.5, legacy_eps=True))
    np.testing.assert_allclose(legacy, plain, rtol=1e-5)
    unit = np.array([[1.0, 0.0], [-1.0, 0.0]])
    wrong = multi_class_nce(unit, -unit, np.array([0, 1]), 0.01, None, True)
    np.testing.assert_allclose(numpy(wrong), -2 * np.log(1e-10), rtol=1e-5)
