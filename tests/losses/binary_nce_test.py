import keras
import numpy as np
import pytest
from keras import ops

from keras_av.losses import binary_nce

pytestmark = pytest.mark.backend


def oracle(positive, negative, z):
    """The definition in float64, with probabilities and logarithms."""
    noise = negative.shape[1] * z
    losses = []
    for p, n in zip(np.exp(positive), np.exp(negative)):
        data = -np.log(p / (p + noise)).mean()
        losses.append(data - np.log(noise / (n + noise)).sum())
    return np.array(losses)


@pytest.mark.parametrize("z", [0.3, 2.2, 40.0])
@pytest.mark.parametrize("num_positives", [1, 3])
@pytest.mark.parametrize("num_negatives", [1, 16])
def test_matches_the_definition(num_positives, num_negatives, z):
    rng = np.random.default_rng(0)
    positive = rng.standard_normal((5, num_positives)) * 3
    negative = rng.standard_normal((5, num_negatives)) * 3
    got = binary_nce(positive, negative, z)
    np.testing.assert_allclose(
        ops.convert_to_numpy(got), oracle(positive, negative, z), rtol=1e-5
    )


@pytest.mark.parametrize("k", [1, 7, 1024])
def test_scores_at_the_partition_function(k):
    score = 0.7
    loss = binary_nce(
        np.full((1, 1), score), np.full((1, k), score), np.exp(score)
    )
    expected = np.log(k + 1) + k * np.log1p(1 / k)
    np.testing.assert_allclose(ops.convert_to_numpy(loss), expected, rtol=1e-5)


def test_a_shift_of_scores_and_log_z_changes_nothing():
    rng = np.random.default_rng(1)
    positive, negative = (
        rng.standard_normal((3, 1)),
        rng.standard_normal((3, 8)),
    )
    a = binary_nce(positive, negative, 2.0)
    b = binary_nce(positive + 1.5, negative + 1.5, 2.0 * np.exp(1.5))
    np.testing.assert_allclose(
        ops.convert_to_numpy(a), ops.convert_to_numpy(b), rtol=1e-5
    )


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_gives_finite_float32(dtype):
    scores = ops.cast(ops.convert_to_tensor([[100.0, -100.0]]), dtype)
    loss = binary_nce(scores, scores, 1.0)
    assert keras.backend.standardize_dtype(loss.dtype) == "float32"
    assert np.isfinite(ops.convert_to_numpy(loss)).all()
