import numpy as np
import pytest
from keras import ops

from keras_av.losses import soft_targets

pytestmark = pytest.mark.backend


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


@pytest.mark.parametrize("form", ["cross_entropy", "kl"])
@pytest.mark.parametrize("temperature", [0.5, 1.0, 4.0])
@pytest.mark.parametrize("batch, classes", [(1, 2), (6, 11)])
def test_matches_the_definition(batch, classes, temperature, form):
    random = np.random.default_rng(batch)
    student, teacher = 3 * random.normal(size=(2, batch, classes))
    p, q = softmax(teacher / temperature), softmax(student / temperature)
    expected = -(p * np.log(q)).sum(1)
    if form == "kl":
        expected += (p * np.log(p)).sum(1)
    got = soft_targets(student, teacher, temperature, form)
    np.testing.assert_allclose(
        ops.convert_to_numpy(got), expected, rtol=1e-4, atol=1e-6
    )


def test_golden(vectors):
    golden = vectors("l2l_distill_formula")
    s, t = golden["s"], golden["t"]
    cross_entropy = ops.convert_to_numpy(soft_targets(s, t))
    np.testing.assert_allclose(
        cross_entropy.sum(), golden["ce_soft_sum"], rtol=1e-5
    )
    divergence = ops.convert_to_numpy(soft_targets(s, t, form="kl"))
    np.testing.assert_allclose(divergence.mean(), golden["kl_mean"], rtol=1e-5)
    np.testing.assert_allclose(
        (cross_entropy - divergence).mean(), golden["entropy_mean"], rtol=1e-5
    )


def test_a_constant_changes_nothing_and_an_equal_student_has_no_loss():
    random = np.random.default_rng(0)
    s, t = random.normal(size=(2, 4, 5))
    np.testing.assert_allclose(
        ops.convert_to_numpy(soft_targets(s + 7, t - 3)),
        ops.convert_to_numpy(soft_targets(s, t)),
        rtol=1e-5,
    )
    equal = ops.convert_to_numpy(soft_targets(t, t, form="kl"))
    np.testing.assert_allclose(equal, 0, atol=1e-6)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("form", ["cross_entropy", "kl"])
def test_half_precision_and_sure_teachers(dtype, form):
    sure = ops.cast(1e4 * np.eye(3), dtype)
    got = ops.convert_to_numpy(soft_targets(sure, ops.flip(sure, 0), form=form))
    assert got.dtype == np.float32
    assert np.isfinite(got).all()


@pytest.mark.parametrize("options", [dict(form="mse"), dict(temperature=0.0)])
def test_refuses_bad_options(options):
    with pytest.raises(ValueError, match="Received"):
        soft_targets(np.eye(2), np.eye(2), **options)
