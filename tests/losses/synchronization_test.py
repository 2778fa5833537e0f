import numpy as np
import pytest
from keras import ops
from scipy.special import log_softmax, logsumexp

from keras_av.losses import (
    attention_map,
    shift_scores,
    shifted_windows,
    synchronization_nce,
    synchronization_scores,
)
from tests import harness
from tests.gradients import compiled, gradients

pytestmark = pytest.mark.backend


def unit(rng, *shape):
    x = rng.standard_normal(shape)
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def numpy(x):
    return ops.convert_to_numpy(x)


def oracle(video, audio, true_shift, scale):
    """The definition, one number at a time, in float64."""
    losses = []
    for places, shifts in zip(video, audio):
        scores = []
        for sound in shifts:
            best = [
                max(scale * v @ a for v in frame.reshape(-1, len(a)))
                for frame, a in zip(places, sound)
            ]
            scores.append(np.mean(best))
        losses.append(logsumexp(scores) - scores[true_shift])
    return np.array(losses)


@pytest.mark.parametrize("scale", [1.0, 20.0])
@pytest.mark.parametrize(
    "batch, shifts, frames, height, width, dim, true",
    [(1, 2, 1, 1, 1, 2, 0), (3, 5, 4, 2, 3, 6, 2), (2, 4, 3, 3, 2, 5, 3)],
)
def test_matches_the_definition(
    batch, shifts, frames, height, width, dim, true, scale
):
    rng = np.random.default_rng(shifts)
    video = unit(rng, batch, frames, height, width, dim)
    audio = unit(rng, batch, shifts, frames, dim)
    loss = compiled(synchronization_nce, "true_shift")
    found = numpy(loss(video, audio, true_shift=true, scale=scale))
    expected = oracle(video, audio, true, scale)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


def golden_arrays(golden):
    """Channels last, as everywhere in Keras."""
    return (
        golden["vid_emb"].transpose(0, 2, 3, 4, 1),
        golden["aud_emb"].transpose(0, 1, 3, 2),
        float(golden["logits_scale"]),
    )


@pytest.mark.slow_on_jax
def test_golden(vectors):
    golden = vectors("avobjects_scores")
    video, audio, scale = golden_arrays(golden)
    scores = synchronization_scores(video, audio, scale)
    np.testing.assert_allclose(numpy(scores), golden["score_map"], atol=1e-5)
    attention = numpy(attention_map(scores))
    np.testing.assert_allclose(attention, golden["att_logsoftmax"], atol=1e-5)
    found = numpy(shift_scores(scores))
    np.testing.assert_allclose(found, golden["agg_scores"], atol=1e-5)
    losses = synchronization_nce(video, audio, 3, scale)
    np.testing.assert_allclose(
        numpy(losses).mean(), golden["infonce_pos3"], rtol=1e-5
    )


def test_gradients_are_those_of_the_definition(vectors):
    golden = vectors("avobjects_scores")
    *arrays, scale = golden_arrays(golden)
    arrays = [x.astype("float64") for x in (*arrays, np.array(scale))]

    def loss(video, audio, scale):
        return ops.mean(synchronization_nce(video, audio, 3, scale))

    found = gradients(loss, *arrays)
    step, rng = 1e-5, np.random.default_rng(0)
    for number, gradient in enumerate(found):
        assert np.isfinite(gradient).all() and np.abs(gradient).max() > 0
        # Along a few directions, by central differences.
        for _ in range(3):
            way = rng.standard_normal(arrays[number].shape)
            sides = []
            for sign in (1, -1):
                moved = list(arrays)
                moved[number] = moved[number] + sign * step * way
                sides.append(oracle(*moved[:2], 3, moved[2]).mean())
            expected = (sides[0] - sides[1]) / (2 * step)
            assert (gradient * way).sum() == pytest.approx(expected, rel=1e-3)


def test_only_the_best_place_of_each_frame_learns():
    rng = np.random.default_rng(1)
    video, audio = unit(rng, 1, 2, 2, 2, 4), unit(rng, 1, 1, 2, 4)
    by_video, _ = gradients(
        lambda v, a: ops.sum(shift_scores(synchronization_scores(v, a))),
        video,
        audio,
    )
    scores = np.einsum("bthwd,bntd->bnthw", video, audio)[0, 0].reshape(2, 4)
    moved = np.abs(by_video).sum(axis=-1).reshape(2, 4) > 0
    assert moved.sum() == 2
    assert (moved.argmax(axis=1) == scores.argmax(axis=1)).all()


def test_equal_scores_give_the_log_of_the_number_of_shifts():
    video, audio = np.ones((2, 3, 2, 2, 1)), np.ones((2, 31, 3, 1))
    np.testing.assert_allclose(
        numpy(synchronization_nce(video, audio, 15, 7.0)), np.log(31), rtol=1e-5
    )


def test_the_sound_that_fits_has_the_least_loss():
    rng = np.random.default_rng(2)
    sound = unit(rng, 1, 9, 16)
    frames = np.repeat(sound[:, 2:7, None, None], 2, axis=2)
    windows = shifted_windows(sound.astype("float32"), 5)
    losses = [
        float(synchronization_nce(frames, windows, shift, 30.0)[0])
        for shift in range(5)
    ]
    assert np.argmin(losses) == 2 and losses[2] < 1e-3


def test_windows_begin_at_each_step():
    steps = np.arange(2 * 6 * 3, dtype="float32").reshape(2, 6, 3)
    found = numpy(shifted_windows(steps, 4))
    assert found.shape == (2, 3, 4, 3)
    for first in range(3):
        np.testing.assert_array_equal(
            found[:, first], steps[:, first : first + 4]
        )
    np.testing.assert_array_equal(numpy(shifted_windows(steps, 6))[:, 0], steps)


def test_attention_is_shared_among_the_places_of_each_frame():
    rng = np.random.default_rng(3)
    scores = 100 * rng.standard_normal((2, 3, 4, 5, 6))
    found = numpy(attention_map(scores.astype("float32")))
    expected = log_softmax(scores.reshape(2, 3, 4, 30), axis=-1)
    np.testing.assert_allclose(
        found, expected.reshape(scores.shape), rtol=1e-4, atol=1e-4
    )


@pytest.mark.slow_on_jax
def test_stands():
    rng = np.random.default_rng(4)
    harness.check_loss(
        lambda video, audio: synchronization_nce(video, audio, 1),
        unit(rng, 3, 4, 2, 2, 5),
        unit(rng, 3, 3, 4, 5),
    )
