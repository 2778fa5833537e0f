import keras
import numpy as np
import pytest
from keras import ops
from scipy.special import log_softmax, logsumexp

from keras_av.layers import ProjectionHead
from keras_av.methods import Synchronization
from tests import harness

FRAMES, SHIFTS, PLACES, DIM = 4, 5, (3, 2), 6


def tower(shape, seed):
    kernel = keras.initializers.GlorotUniform(seed)
    return keras.Sequential(
        [keras.Input(shape), keras.layers.Dense(8, kernel_initializer=kernel)]
    )


def make(**options):
    options = {"num_shifts": SHIFTS, "head": ProjectionHead(DIM), **options}
    video = tower((FRAMES, *PLACES, 7), 1)
    audio = tower((FRAMES + SHIFTS - 1, 5), 2)
    return Synchronization(video, audio, **{"seed": 3, **options})


def batch(size=8, seed=0, **fields):
    """Vectors of places; one of them changes as the sound does."""
    rng = np.random.default_rng(seed)
    sound = rng.standard_normal((size, FRAMES + SHIFTS - 1, 5))
    video = rng.standard_normal((size, FRAMES, *PLACES, 7))
    rows, columns = (rng.integers(n, size=size) for n in PLACES)
    seen = sound[:, SHIFTS // 2 : SHIFTS // 2 + FRAMES]
    video[np.arange(size), :, rows, columns, :5] = 2 * seen
    return {
        "video": video.astype("float32"),
        "audio": sound.astype("float32"),
        "place": rows * PLACES[1] + columns,
        **fields,
    }


def numpy(x):
    return ops.convert_to_numpy(x)


def weights_of(model):
    """The scale, and kernels and biases of encoders and heads."""
    return [numpy(w).astype("float64") for w in model.weights]


def original(weights, data):
    """Scores and losses of clips by the definition, in float64."""
    scale, *parts = weights
    shapes = [w.shape for w in parts]
    assert shapes == [(7, 8), (8,), (5, 8), (8,), *2 * [(8, DIM), (DIM,)]]
    embedded = []
    for name, first in (("video", 0), ("audio", 2)):
        x = data[name].astype("float64") @ parts[first] + parts[first + 1]
        x = x @ parts[first + 4] + parts[first + 5]
        embedded.append(x / np.linalg.norm(x, axis=-1, keepdims=True))
    video, audio = embedded
    scores = np.stack(
        [
            scale
            * np.einsum("bthwd,btd->bthw", video, audio[:, n : n + FRAMES])
            for n in range(SHIFTS)
        ],
        axis=1,
    )
    best = scores.max(axis=(-2, -1)).mean(axis=-1)
    return scores, logsumexp(best, axis=1) - best[:, SHIFTS // 2]


@pytest.mark.backend
@pytest.mark.slow_on_jax
@pytest.mark.parametrize("training", [True, False])
def test_the_loss_is_its_definition(training):
    model = make()
    model.logits_scale.assign(4.0)
    heard = np.arange(8) % 3 != 0
    weight = np.linspace(0.5, 1.5, 8).astype("float32")
    data = batch(has_audio=heard, sample_weight=weight)
    scores, values = original(weights_of(model), data)
    losses, outputs = model.compute_losses(data, training)
    assert set(losses) == {"synchronization"}
    expected = np.average(values, weights=weight * heard)
    found = float(losses["synchronization"])
    assert found == pytest.approx(expected, rel=1e-4)
    np.testing.assert_allclose(
        numpy(model.scores(data)), scores, rtol=1e-4, atol=1e-4
    )
    attention = numpy(model.attention(data))
    middle = scores[:, SHIFTS // 2].reshape(8, FRAMES, -1)
    expected = log_softmax(middle, axis=-1).reshape(attention.shape)
    np.testing.assert_allclose(attention, expected, rtol=1e-4, atol=1e-4)
    best = scores.max(axis=(-2, -1)).mean(axis=-1).argmax(axis=1)
    np.testing.assert_array_equal(numpy(outputs["found"]), best == SHIFTS // 2)
    model.update_metrics(data, outputs)
    share = np.average(best == SHIFTS // 2, weights=weight * heard)
    assert float(model.accuracy.result()) == pytest.approx(share)


@pytest.mark.backend
@pytest.mark.slow_on_jax
def test_a_step_is_that_of_the_original():
    model, rate = make(), 0.5
    model.logits_scale.assign(3.0)
    data, before = batch(), weights_of(model)
    model.compile(keras.optimizers.SGD(rate), **harness.ONE_STEP)
    logs = model.train_on_batch(data, return_dict=True)
    expected = original(before, data)[1].mean()
    assert logs["loss"] == pytest.approx(expected, rel=1e-5)
    after, rng, step = weights_of(model), np.random.default_rng(0), 1e-5
    for number, (old, new) in enumerate(zip(before, after)):
        gradient = (old - new) / rate
        assert np.abs(gradient).max() > 1e-4, number
        way = rng.standard_normal(old.shape)
        sides = []
        for sign in (1, -1):
            moved = list(before)
            moved[number] = old + sign * step * way
            sides.append(original(moved, data)[1].mean())
        slope = (sides[0] - sides[1]) / (2 * step)
        found = (gradient * way).sum()
        assert found == pytest.approx(slope, rel=1e-3, abs=1e-5), number


def test_a_head_is_applied_to_each_place_and_step():
    model, data = make(), batch()
    found = model(data)
    assert found["video"].shape == (8, FRAMES, *PLACES, DIM)
    assert found["audio"].shape == (8, FRAMES + SHIFTS - 1, DIM)
    lengths = np.linalg.norm(numpy(found["video"]), axis=-1)
    np.testing.assert_allclose(lengths, 1.0, rtol=1e-5)
    alone = model.video_head(model.video_encoder(data["video"])[:, 2, 1, 0])
    np.testing.assert_allclose(
        numpy(found["video"])[:, 2, 1, 0], numpy(alone), atol=1e-6
    )


def test_frequencies_are_averaged():
    video, audio = maps(4, 3, 2, 7), maps(8, 6, 5)
    model = Synchronization(video, audio, num_shifts=5, seed=0)
    data = batch()
    data["audio"] = np.repeat(data["audio"][:, :, None], 6, axis=2)
    data["audio"] += np.arange(-2.5, 3.5)[:, None].astype("float32")
    other = Synchronization(video, maps(8, 5), num_shifts=5, seed=0)
    np.testing.assert_allclose(
        numpy(model(data)["audio"]), numpy(other(batch())["audio"]), atol=1e-5
    )


def test_the_scale_begins_at_one_and_learns():
    model = make()
    assert float(model.logits_scale) == 1.0
    assert float(make(scale=7.0).logits_scale) == 7.0
    assert any(w is model.logits_scale for w in model.trainable_variables)


def test_a_clip_without_sound_teaches_nothing():
    data = batch(has_audio=np.arange(8) != 2)
    results = []
    for factor in (0.0, 5.0):
        data["audio"][2] = factor * np.arange(5)
        model = make()
        model.compile(keras.optimizers.SGD(0.1), **harness.ONE_STEP)
        logs = model.train_on_batch(data, return_dict=True)
        values = [logs["loss"], logs["accuracy"], *weights_of(model)]
        results.append(values)
    for a, b in zip(*results):
        np.testing.assert_allclose(a, b, atol=1e-6)


def test_a_batch_without_any_sound_is_no_fault():
    losses, _ = make().compute_losses(batch(has_audio=np.zeros(8, bool)), True)
    assert float(losses["synchronization"]) == 0.0


def test_the_seed_governs_the_heads():
    kernels = [numpy(make(seed=s).audio_head.weights[0]) for s in (1, 1, 2)]
    np.testing.assert_array_equal(kernels[0], kernels[1])
    assert (kernels[0] != kernels[2]).any()


@pytest.mark.backend
@pytest.mark.slow_on_jax
@pytest.mark.slow_on_tensorflow
def test_stands(tmp_path):
    model = harness.check_method(make, batch(9), tmp_path)
    loaded = keras.saving.load_model(tmp_path / "method.keras")
    assert loaded.num_shifts == SHIFTS
    scale = float(model.logits_scale)
    assert float(loaded.logits_scale) == scale != 1.0
    np.testing.assert_allclose(
        numpy(loaded.attention(batch())),
        numpy(model.attention(batch())),
        atol=1e-5,
    )


@pytest.mark.slow
def test_finds_when_and_where():
    model = make()
    model.compile(keras.optimizers.Adam(0.02))
    data = batch(256)
    assert np.mean(_where(model, data)) < 0.6
    model.fit(data, batch_size=32, epochs=30, verbose=0)
    other = batch(128, seed=1)
    logs = model.evaluate(other, verbose=0, return_dict=True)
    # By chance one in 5, and one in 6.
    assert logs["accuracy"] > 0.9
    assert np.mean(_where(model, other)) > 0.9


def _where(model, data):
    """Whether the sum of the attention is greatest where the sound is."""
    shares = np.exp(numpy(model.attention(data))).sum(axis=1)
    return shares.reshape(len(shares), -1).argmax(axis=1) == data["place"]


@pytest.mark.slow_on_tensorflow
def test_a_killed_run_resumes(tmp_path):
    import tensorflow as tf

    data = tf.data.Dataset.from_tensor_slices(batch(16)).batch(4)
    harness.check_resumes(make, data, 3, 6, tmp_path)


@pytest.mark.slow_on_tensorflow
@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="tf.distribute"
)
def test_two_replicas_equal_one():
    from tests.training import replicas_test as replicas

    clips = batch(32, has_audio=np.arange(32) % 5 != 1)
    names = ("loss", "synchronization", "accuracy")
    replicas.check_method(make, clips, names)


def maps(*shape):
    return keras.Sequential([keras.Input(shape), keras.layers.Identity()])


@pytest.mark.parametrize(
    "video, audio, num_shifts, message",
    [
        ((4, 3, 2, 7), (8, 5), 4, "num_shifts must be odd and at least 3"),
        ((4, 3, 2, 7), (4, 5), 1, "num_shifts must be odd and at least 3"),
        ((4, 7), (8, 5), 5, r"video_encoder must return \(batch, t, h, w, c"),
        ((4, 3, 2, 7), (5,), 5, r"audio_encoder must return \(batch, steps"),
        ((4, 3, 2, 7), (None, 5), 5, "of known sizes.*Identity"),
        ((4, 3, 2, 7), (9, 5), 5, r"4 \+ 5 - 1 = 8 steps. Received: 9"),
    ],
)
def test_wrong_encoders(video, audio, num_shifts, message):
    with pytest.raises(ValueError, match=message):
        Synchronization(maps(*video), maps(*audio), num_shifts=num_shifts)


def test_the_scale_is_positive():
    with pytest.raises(ValueError, match="scale must be positive"):
        make(scale=0.0)


def test_a_missing_key_is_named():
    data = batch()
    del data["audio"]
    with pytest.raises(ValueError, match="audio"):
        make().compute_losses(data, True)


def test_clips_need_sound():
    model = make()
    model.compile("sgd", **harness.ONE_STEP)
    with pytest.raises(ValueError, match="none of 8 clips has sound"):
        model.fit(batch(has_audio=np.zeros(8, bool)), verbose=0)
