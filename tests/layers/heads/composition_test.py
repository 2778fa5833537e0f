import keras
import numpy as np
import pytest
from keras import ops

from keras_av.layers import Composition
from tests import harness
from tests.gradients import gradients


def built(dim=6, **options):
    layer = Composition(dim, **options)
    layer.build((None, dim), (None, dim))
    return layer


def numpy(x):
    return ops.convert_to_numpy(x)


@pytest.mark.backend
@pytest.mark.parametrize("case, unit", [("raw", False), ("norm", True)])
def test_golden(vectors, case, unit):
    golden = {
        name.removeprefix(f"{case}_"): value
        for name, value in vectors("ccl_composition").items()
        if name.startswith(f"{case}_")
    }
    layer = built(6, normalize_inputs=unit)
    w, b = golden["mlp_W_out_in"].T, golden["mlp_b"]
    layer.set_weights([w, b])
    f1, f2, head = (
        golden["f1_teacher"],
        golden["f2_video"],
        golden["fc_W_out_in"].T,
    )
    np.testing.assert_allclose(
        numpy(layer(f1, f2)), golden["feature"], rtol=1e-5, atol=1e-6
    )

    def loss(f1, f2, kernel):
        feature, _ = layer.stateless_call([kernel, b], [], f1, f2)
        logits = ops.add(ops.matmul(feature, head), golden["fc_b"])
        return ops.add(
            ops.sum(ops.multiply(feature, golden["cot_feature"])),
            ops.sum(ops.multiply(logits, golden["cot_logits"])),
        )

    found = gradients(loss, f1, f2, w)
    expected = golden["g_f1"], golden["g_f2"], golden["g_mlp_W"].T
    for got, value in zip(found, expected):
        np.testing.assert_allclose(got, value, rtol=1e-4, atol=1e-5)


def test_without_weights_it_gives_the_teacher_back():
    layer = built(4)
    layer.set_weights([np.zeros((8, 4)), np.zeros(4)])
    x, y = np.random.default_rng(0).normal(size=(2, 3, 4))
    np.testing.assert_allclose(numpy(layer(x, y)), x, rtol=1e-6)


def test_scale_of_the_inputs():
    layer = built(4)
    x, y = np.random.default_rng(0).normal(size=(2, 3, 4))
    plain = numpy(layer(x, y))
    np.testing.assert_allclose(
        numpy(layer(x, 7 * y)), plain, rtol=1e-4, atol=1e-6
    )
    np.testing.assert_allclose(
        numpy(layer(3 * x, y)), plain + 2 * x, rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_half_precision_and_silence(policy):
    layer = built(4, dtype=policy)
    got = layer(np.zeros((2, 4)), np.full((2, 4), 3e4))
    assert keras.backend.standardize_dtype(got.dtype) == "float32"
    assert np.isfinite(numpy(got)).all()


def test_a_wrong_size():
    with pytest.raises(ValueError, match="dim=5"):
        Composition(5)(np.ones((2, 4)), np.ones((2, 5)))


@pytest.mark.backend
def test_stands(tmp_path):
    random = np.random.default_rng(0)
    harness.check_layer(
        lambda **options: Composition(4, normalize_inputs=False, **options),
        *(random.normal(size=(2, n)).astype("float32") for n in (4, 3)),
        folder=tmp_path,
        dtype="float32",
    )
