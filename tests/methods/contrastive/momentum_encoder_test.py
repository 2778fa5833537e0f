import keras
import numpy as np
import pytest
from keras import ops

from keras_av.layers import ProjectionHead
from keras_av.methods.contrastive.momentum_encoder import MomentumEncoder
from tests.training import toy


def numpy(x):
    return ops.convert_to_numpy(x)


def make(momentum=0.9, dropout=0.0):
    """An encoder, its head, and the one that follows both."""
    encoder = toy.tower(10, 1, dropout)
    head = ProjectionHead(6, hidden_units=(5,), seed=2)
    head.build(encoder.output_shape)
    # Frozen by its owner.
    encoder.layers[-1].trainable = False
    return encoder, head, MomentumEncoder(encoder, head, momentum)


def move(*layers):
    """Change all weights, the statistics included."""
    rng = np.random.default_rng(0)
    for weight in (w for layer in layers for w in layer.weights):
        weight.assign(weight + rng.random(weight.shape))


def split(encoder, head, follower):
    """Pairs of weights, of both: those that are averaged, and the others."""
    own = [*follower.encoder.weights, *follower.head.weights]
    pairs = list(zip([*encoder.weights, *head.weights], own))
    averaged = [pair for pair in pairs if pair[0].trainable]
    others = [pair for pair in pairs if not pair[0].trainable]
    return averaged, others


@pytest.mark.backend
@pytest.mark.slow_on_jax
@pytest.mark.parametrize("momentum", [0.0, 0.7, 1.0])
def test_parameters_follow_and_statistics_do_not(momentum):
    encoder, head, follower = make(momentum)
    averaged, others = split(encoder, head, follower)
    # Kernels and biases, gamma and beta; two statistics, one frozen layer.
    assert (len(averaged), len(others)) == (8, 4)
    move(encoder, head)
    gaps = [numpy(own) - numpy(other) for other, own in averaged]
    kept = [numpy(own) for _, own in others]
    for _ in range(3):
        follower.follow(encoder, head)
    for gap, (other, own) in zip(gaps, averaged):
        assert np.abs(gap).max() > 0.1
        found = numpy(own) - numpy(other)
        np.testing.assert_allclose(found, momentum**3 * gap, atol=1e-6)
    for before, (_, own) in zip(kept, others):
        np.testing.assert_array_equal(numpy(own), before)


@pytest.mark.slow_on_jax
@pytest.mark.backend
def test_a_schedule_of_the_momentum():
    schedule = keras.optimizers.schedules.PolynomialDecay(0.2, 4, 1.0)
    encoder, head, follower = make(schedule)
    move(encoder, head)
    other, own = split(encoder, head, follower)[0][0]
    gap = numpy(own) - numpy(other)
    for step in range(3):
        gap = gap * (0.2 + 0.8 * step / 4)
        follower.follow(encoder, head)
        np.testing.assert_allclose(numpy(own - other), gap, atol=1e-6)
    assert numpy(follower.num_updates).tolist() == [3]


def test_it_begins_as_the_encoder_is():
    encoder = toy.tower(10, 1)
    head = ProjectionHead(6, seed=2)
    head.build(encoder.output_shape)
    move(encoder, head)
    follower = MomentumEncoder(encoder, head, 0.9)
    inputs = toy.clips()["audio"]
    expected = numpy(head(encoder(inputs)))
    np.testing.assert_allclose(numpy(follower(inputs)), expected, atol=1e-6)


@pytest.mark.slow_on_jax
@pytest.mark.backend
def test_no_optimizer_trains_it_but_it_runs_in_training_mode():
    encoder, head, follower = make()
    inputs = toy.clips()["audio"]
    encoder.trainable = False
    assert follower.trainable_variables == []
    assert len(follower.non_trainable_variables) == len(follower.variables)
    dense, batch_norm = follower.encoder.layers[:2]
    assert batch_norm.trainable
    assert not follower.encoder.layers[-1].trainable
    before = numpy(batch_norm.moving_mean)
    mean = numpy(dense(inputs)).mean(axis=0)
    normalized = numpy(follower(inputs, training=True))
    found = numpy(batch_norm.moving_mean)
    np.testing.assert_allclose(found, 0.9 * before + 0.1 * mean, atol=1e-5)
    assert np.abs(normalized - numpy(follower(inputs))).max() > 0.01


@pytest.mark.backend
def test_random_layers_draw_other_numbers():
    encoder, head, follower = make(dropout=0.5)
    _, _, again = make(dropout=0.5)
    inputs = toy.clips()["audio"]
    draws = [
        numpy(draw(inputs))
        for draw in (
            lambda x: head(encoder(x, training=True)),
            lambda x: follower(x, training=True),
            lambda x: again(x, training=True),
            lambda x: follower(x, training=True),
        )
    ]
    np.testing.assert_array_equal(draws[1], draws[2])
    assert np.abs(draws[1] - draws[0]).max() > 0.1
    assert np.abs(draws[1] - draws[3]).max() > 0.1
