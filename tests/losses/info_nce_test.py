import keras
import numpy as np
import pytest
from keras import ops

from keras_av.losses import in_batch_info_nce, info_nce
from keras_av.losses.info_nce import info_nce_of_scores

pytestmark = pytest.mark.backend


def unit(rng, *shape):
    x = rng.standard_normal(shape)
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def oracle(query, positive, negatives, temperature):
    """The definition, one query at a time, in float64."""
    losses = []
    for i, q in enumerate(query):
        own = negatives if negatives.ndim == 2 else negatives[i]
        scores = np.array([q @ positive[i], *(own @ q)]) / temperature
        losses.append(-np.log(np.exp(scores[0]) / np.exp(scores).sum()))
    return np.array(losses)


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("temperature", [0.07, 0.5])
@pytest.mark.parametrize("batch, num_negatives, dim", [(1, 1, 2), (5, 33, 16)])
def test_matches_the_definition(batch, num_negatives, dim, temperature, shared):
    rng = np.random.default_rng(batch)
    query, positive = unit(rng, batch, dim), unit(rng, batch, dim)
    shape = (num_negatives, dim) if shared else (batch, num_negatives, dim)
    negatives = unit(rng, *shape)
    got = info_nce(query, positive, negatives, temperature)
    expected = oracle(query, positive, negatives, temperature)
    np.testing.assert_allclose(ops.convert_to_numpy(got), expected, rtol=1e-4)


def test_equal_scores_give_the_log_of_the_number_of_candidates():
    ones = np.ones((3, 1), "float32")
    loss = info_nce(ones, ones, np.ones((65536, 1), "float32"), 0.07)
    np.testing.assert_allclose(
        ops.convert_to_numpy(loss), np.log(65537), rtol=1e-6
    )


def test_a_masked_negative_is_as_if_it_were_not_there():
    rng = np.random.default_rng(0)
    query, positive = unit(rng, 4, 8), unit(rng, 4, 8)
    negatives = unit(rng, 6, 8)
    mask = np.tile([True, True, False, True, False, True], (4, 1))
    got = info_nce(query, positive, negatives, 0.1, mask=mask)
    expected = info_nce(query, positive, negatives[mask[0]], 0.1)
    np.testing.assert_allclose(
        ops.convert_to_numpy(got), ops.convert_to_numpy(expected), rtol=1e-6
    )


@pytest.mark.parametrize("masked", [False, True])
def test_several_positives_are_their_mean(masked):
    rng = np.random.default_rng(3)
    positive, negative = (rng.normal(0, 9, (4, n)) for n in (3, 7))
    positive[0, 0], negative[1, 0] = 200.0, 200.0
    mask = np.arange(7) % 3 > 0 if masked else np.ones(7, bool)
    loss = info_nce_of_scores(
        ops.convert_to_tensor(positive, "float32"),
        ops.convert_to_tensor(negative, "float32"),
        np.tile(mask, (4, 1)) if masked else None,
    )
    expected = [
        np.mean([np.logaddexp.reduce([s, *n[mask]]) - s for s in own])
        for own, n in zip(positive, negative)
    ]
    np.testing.assert_allclose(
        ops.convert_to_numpy(loss), expected, rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_gives_finite_float32(dtype):
    rng = np.random.default_rng(0)
    x = ops.cast(ops.convert_to_tensor(unit(rng, 4, 8)), dtype)
    for loss in (info_nce(x, x, x, 0.01), *in_batch_info_nce(x, x, 0.01)):
        assert keras.backend.standardize_dtype(loss.dtype) == "float32"
        assert np.isfinite(ops.convert_to_numpy(loss)).all()


def test_in_batch_golden(vectors):
    golden = vectors("infonce_inbatch")
    got = in_batch_info_nce(golden["v"], golden["a"], float(golden["T"]))
    for loss, name in zip(got, ("loss_v2a", "loss_a2v")):
        np.testing.assert_allclose(
            ops.convert_to_numpy(ops.mean(loss)), golden[name], rtol=1e-5
        )


def test_in_batch_closed_forms():
    eye = np.eye(5, dtype="float32")
    x_to_y, y_to_x = in_batch_info_nce(eye, eye, 0.2)
    expected = np.log(1 + 4 * np.exp(-1 / 0.2))
    np.testing.assert_allclose(
        ops.convert_to_numpy(x_to_y), expected, rtol=1e-5
    )
    alone, _ = in_batch_info_nce(eye[:1], eye[:1], 0.2)
    np.testing.assert_allclose(ops.convert_to_numpy(alone), 0.0, atol=1e-6)


def test_in_batch_directions_swap_with_the_modalities():
    rng = np.random.default_rng(1)
    x, y = unit(rng, 6, 4), unit(rng, 6, 4)
    forward, backward = (
        in_batch_info_nce(x, y, 0.07),
        in_batch_info_nce(y, x, 0.07),
    )
    for a, b in zip(forward, reversed(backward)):
        np.testing.assert_allclose(
            ops.convert_to_numpy(a), ops.convert_to_numpy(b), rtol=1e-5
        )


def test_in_batch_mask_removes_a_pair_altogether():
    rng = np.random.default_rng(2)
    x, y = unit(rng, 5, 4), unit(rng, 5, 4)
    mask = np.array([True, False, True, True, False])
    masked = in_batch_info_nce(x, y, 0.1, mask=mask)
    smaller = in_batch_info_nce(x[mask], y[mask], 0.1)
    for a, b in zip(masked, smaller):
        a = ops.convert_to_numpy(a)
        np.testing.assert_allclose(a[mask], ops.convert_to_numpy(b), rtol=1e-5)
        np.testing.assert_array_equal(a[~mask], 0.0)
