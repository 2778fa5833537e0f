import keras
import numpy as np
import pytest
from keras import ops

from keras_av.losses import logit_divergence
from tests.gradients import gradients

pytestmark = pytest.mark.backend


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def kl(p, q):
    return (p * np.log(p / q)).sum(-1)


def logits(batch=5, classes=7, seed=0):
    return 2 * np.random.default_rng(seed).normal(size=(2, batch, classes))


def numpy(x):
    return ops.convert_to_numpy(x)


@pytest.mark.parametrize("batch, classes", [(1, 2), (5, 7), (3, 51)])
def test_matches_the_definition(batch, classes):
    a, b = logits(batch, classes)
    p, q = softmax(a), softmax(b)
    m = (p + q) / 2
    expected = {
        "jeffreys": kl(p, q) + kl(q, p),
        "jsd": (kl(p, m) + kl(q, m)) / 2,
    }
    for kind, value in expected.items():
        got = numpy(logit_divergence(a, b, kind))
        np.testing.assert_allclose(got, value, rtol=1e-4)


@pytest.mark.parametrize("case", ["rand", "rand_w1", "equal"])
def test_golden(vectors, case):
    golden = vectors("ccl_jsd")
    p, q = golden[f"{case}_p"], golden[f"{case}_q"]
    weight = float(golden[f"{case}_weight"])

    def loss(p, q):
        return weight * ops.mean(logit_divergence(p, q))

    np.testing.assert_allclose(
        float(loss(p, q)), golden[f"{case}_loss"], rtol=1e-5, atol=1e-7
    )
    true = numpy(logit_divergence(p, q, "jsd")).mean()
    np.testing.assert_allclose(
        true, golden[f"{case}_true_jsd_ref"], rtol=1e-4, atol=1e-7
    )
    for got, name in zip(gradients(loss, p, q), ("gp", "gq")):
        np.testing.assert_allclose(
            got, golden[f"{case}_{name}"], rtol=1e-4, atol=1e-6
        )


def test_symmetric_and_bounded():
    a, b = logits(20)
    jeffreys = numpy(logit_divergence(a, b))
    np.testing.assert_allclose(
        jeffreys, numpy(logit_divergence(b, a)), rtol=1e-5
    )
    jsd = numpy(logit_divergence(5 * a, 5 * b, "jsd"))
    assert (jsd > 0).all() and (jsd <= np.log(2) + 1e-6).all()
    assert (numpy(logit_divergence(5 * a, 5 * b)) >= 4 * jsd).all()


@pytest.mark.parametrize("kind", ["jeffreys", "jsd"])
def test_sure_classifiers_that_disagree_are_finite(kind):
    a = 1e4 * np.eye(3)

    def loss(p, q):
        return ops.mean(logit_divergence(p, q, kind))

    expected = 2e4 if kind == "jeffreys" else np.log(2)
    np.testing.assert_allclose(float(loss(a, a[::-1])), expected * 2 / 3, 1e-5)
    for gradient in gradients(loss, a, a[::-1]):
        assert np.isfinite(gradient).all()


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_gives_finite_float32(dtype):
    a, b = (ops.cast(ops.convert_to_tensor(x), dtype) for x in logits())
    got = logit_divergence(a, b)
    assert keras.backend.standardize_dtype(got.dtype) == "float32"
    assert np.isfinite(numpy(got)).all()


def test_an_unknown_kind_is_named():
    with pytest.raises(ValueError, match="'hellinger'"):
        logit_divergence(*logits(), kind="hellinger")


def test_the_originals_constant():
    a, b = logits()
    legacy = numpy(logit_divergence(a, b, legacy_eps=True))
    np.testing.assert_allclose(legacy, numpy(logit_divergence(a, b)), 1e-4)
    sure = 1e4 * np.eye(3)
    lost = numpy(logit_divergence(sure, sure[::-1], legacy_eps=True))
    assert np.isnan(lost).any()
