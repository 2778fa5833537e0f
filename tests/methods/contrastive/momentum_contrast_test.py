import keras
import numpy as np
import pytest
from keras import ops
from scipy.special import logsumexp, softmax

from keras_av.layers import FeatureQueue, ProjectionHead
from keras_av.methods import MomentumContrast
from keras_av.methods.contrastive.two_tower import QUERY_AND_KEY
from keras_av.training import Phase
from tests import harness
from tests.training import toy


def make(queue=None, tower=toy.tower, **options):
    options.setdefault("seed", 3)
    queue = queue or FeatureQueue(10, 16)
    return MomentumContrast(tower(12, 1), tower(10, 11), queue=queue, **options)


def batch(size=8, **fields):
    return {**{k: v[:size] for k, v in toy.clips().items()}, **fields}


def numpy(x):
    return ops.convert_to_numpy(x)


def apart(model):
    """Move the key encoders, and their statistics, from the encoders."""
    rng = np.random.default_rng(0)
    for modality in ("video", "audio"):
        for weight in getattr(model, f"{modality}_key_encoder").weights:
            weight.assign(weight + 0.3 * rng.random(weight.shape))
    return model


def original_step(state, x_q, x_k, temperature, momentum, rate):
    """A step of the original program in float64, in its own order."""
    state["w_k"] = momentum * state["w_k"] + (1 - momentum) * state["w_q"]
    state["b_k"] = momentum * state["b_k"] + (1 - momentum) * state["b_q"]
    raw = x_q @ state["w_q"].T + state["b_q"]
    length = np.linalg.norm(raw, axis=1, keepdims=True)
    q = raw / length
    k = x_k @ state["w_k"].T + state["b_k"]
    k = k / np.linalg.norm(k, axis=1, keepdims=True)
    queue = state["queue"]
    scores = np.column_stack([(q * k).sum(axis=1), q @ queue]) / temperature
    losses = logsumexp(scores, axis=1) - scores[:, 0]
    by_score = (softmax(scores, axis=1) - np.eye(1, scores.shape[1])) / len(q)
    by_q = by_score[:, :1] * k + by_score[:, 1:] @ queue.T
    by_q = by_q / temperature
    by_raw = (by_q - q * (q * by_q).sum(axis=1, keepdims=True)) / length
    gradient = by_raw.T @ x_q
    state["w_q"] = state["w_q"] - rate * gradient
    state["b_q"] = state["b_q"] - rate * by_raw.sum(axis=0)
    pointer = state["ptr"]
    queue[:, (pointer + np.arange(len(k))) % queue.shape[1]] = k.T
    state["ptr"] = (pointer + len(k)) % queue.shape[1]
    return {"logits": scores, "loss": losses.mean(), "gWq": gradient}


def identity(dim, seed):
    return keras.Sequential([keras.Input((dim,)), keras.layers.Identity()])


@pytest.mark.backend
@pytest.mark.slow_on_jax
def test_golden_steps(vectors, monkeypatch):
    golden = vectors("moco")
    temperature, momentum, rate = (
        float(golden[name]) for name in ("T", "m", "lr")
    )
    state = {
        "w_q": golden["s0_Wq_before"].astype("float64"),
        "b_q": golden["s0_bq_before"].astype("float64"),
        "w_k": golden["s0_Wk_before"].astype("float64"),
        "b_k": golden["s0_bk_before"].astype("float64"),
    }
    state["queue"] = golden["s0_queue_before"].astype("float64")
    state["ptr"] = int(golden["s0_ptr_before"][0])
    model = MomentumContrast(
        identity(10, 0),
        identity(10, 0),
        queue=FeatureQueue(int(golden["K"]), 6),
        momentum=momentum,
        temperature=temperature,
        loss_weights={"video_uni": 1.0},
        seed=0,
    )
    follower = model.video_key_encoder
    model.video_head.set_weights([state["w_q"].T, state["b_q"]])
    follower.head.set_weights([state["w_k"].T, state["b_k"]])
    model.video_queue.rows.assign(state["queue"].T)
    # Two views of a clip, which random layers would make.
    monkeypatch.setattr(
        model, "_key", lambda _, batch, training: follower(batch["other"])
    )
    model.compile(keras.optimizers.SGD(rate), **harness.ONE_STEP)
    # The file has two steps; the third writes other clips where it wraps.
    for step in range(3):
        x_q = golden[f"s{step % 2}_x_q"][: 4 - step // 2]
        x_k = golden[f"s{step % 2}_x_k"][: 4 - step // 2]
        expected = original_step(state, x_q, x_k, temperature, momentum, rate)
        if step < 2:
            for name, value in expected.items():
                np.testing.assert_allclose(
                    value, golden[f"s{step}_{name}"], rtol=1e-4, atol=1e-5
                )
            for name, own in (("Wk", "w_k"), ("queue", "queue")):
                np.testing.assert_allclose(
                    state[own], golden[f"s{step}_{name}_after"], atol=1e-6
                )
            assert state["ptr"] == golden[f"s{step}_ptr_after"]
        data = {"video": x_q, "other": x_k}
        # The key encoder is where the original's is in the middle of a step.
        np.testing.assert_allclose(
            numpy(follower.head.weights[0]).T, state["w_k"], atol=1e-6
        )
        query = model({"video": x_q})["video"]
        key = follower(x_k)
        scores = ops.concatenate(
            [ops.sum(query * key, axis=1)[:, None], model.video_queue(query)],
            axis=1,
        )
        np.testing.assert_allclose(
            numpy(scores) / temperature, expected["logits"], atol=1e-4
        )
        before = numpy(model.video_head.weights[0])
        logs = model.train_on_batch(data, return_dict=True)
        model.reset_metrics()
        np.testing.assert_allclose(logs["loss"], expected["loss"], rtol=1e-5)
        gradient = (before - numpy(model.video_head.weights[0])) / rate
        np.testing.assert_allclose(gradient.T, expected["gWq"], atol=1e-5)
        np.testing.assert_allclose(
            numpy(model.video_queue.rows), state["queue"].T, atol=1e-6
        )
        assert int(numpy(model.video_queue.pointer)[0]) == state["ptr"]


@pytest.mark.backend
@pytest.mark.slow_on_jax
@pytest.mark.parametrize("training", [True, False])
def test_the_losses_are_their_definitions(training):
    weights = {name: 1.0 + i for i, name in enumerate(QUERY_AND_KEY)}
    model = apart(make(loss_weights=weights, temperature=0.2))
    heard = np.arange(8) % 3 != 0
    weight = np.linspace(0.5, 1.5, 8).astype("float32")
    data = batch(has_audio=heard, sample_weight=weight)
    embedded = {
        modality: (
            numpy(model.embed(modality, data, training)).astype("float64"),
            numpy(
                getattr(model, f"{modality}_key_encoder")(
                    data[modality], training=training
                )
            ).astype("float64"),
        )
        for modality in ("video", "audio")
    }
    losses, _ = model.compute_losses(data, training)
    assert set(losses) == set(QUERY_AND_KEY)
    for name, (query, key) in QUERY_AND_KEY.items():
        q, k = embedded[query][0], embedded[key][1]
        rows = numpy(getattr(model, f"{key}_queue").rows)
        own = (q * k).sum(axis=1) / 0.2
        scores = np.column_stack([own, q @ rows.T / 0.2])
        values = logsumexp(scores, axis=1) - own
        counted = weight * (heard if "audio" in name + query + key else 1.0)
        expected = weights[name] * np.average(values, weights=counted)
        np.testing.assert_allclose(float(losses[name]), expected, rtol=1e-4)


def test_equal_scores_are_the_logarithm_of_their_number():
    model = make()
    data = {k: np.repeat(v[:1], 8, axis=0) for k, v in batch().items()}
    for modality, key in (("video", "audio"), ("audio", "video")):
        query = model.embed(modality, data, False)
        rows = np.repeat(numpy(query)[:1], 10, axis=0)
        getattr(model, f"{key}_queue").rows.assign(rows)
        getattr(model, f"{key}_key_encoder").call = (
            lambda x, training, query=query: query
        )
    losses, _ = model.compute_losses(data, False)
    assert sum(map(float, losses.values())) == pytest.approx(np.log(11))


@pytest.mark.backend
@pytest.mark.slow_on_jax
def test_keys_of_clips_that_count_are_enqueued_after_the_losses():
    model = apart(make(loss_weights=dict.fromkeys(QUERY_AND_KEY, 1.0)))
    data = batch(
        has_audio=np.arange(8) % 3 != 0,
        sample_weight=(np.arange(8) != 1).astype("float32"),
    )
    queues = {"video": model.video_queue, "audio": model.audio_queue}
    before = {name: numpy(queue.rows) for name, queue in queues.items()}
    _, keys = model.compute_losses(data, True)
    for name, queue in queues.items():
        np.testing.assert_array_equal(numpy(queue.rows), before[name])
    model.commit(data, keys)
    for name, queue in queues.items():
        counted = np.arange(8) != 1
        if name == "audio":
            counted &= data["has_audio"]
        size = counted.sum()
        expected = [numpy(keys[name])[counted], before[name][size:]]
        np.testing.assert_array_equal(numpy(queue.rows), np.vstack(expected))
        assert numpy(queue.pointer).tolist() == [size]


def test_a_batch_without_any_sound_is_no_fault():
    model = make()
    before = numpy(model.audio_queue.rows)
    data = batch(has_audio=np.zeros(8, bool))
    losses, keys = model.compute_losses(data, True)
    assert sum(map(float, losses.values())) == 0.0
    model.commit(data, keys)
    np.testing.assert_array_equal(numpy(model.audio_queue.rows), before)
    assert numpy(model.video_queue.pointer).tolist() == [8]


def test_encoders_alone_are_trained_and_key_encoders_follow():
    model = make(momentum=0.75)
    trained = {id(weight) for weight in model.trainable_variables}
    assert len(trained) == 2 * 8
    for modality in ("video", "audio"):
        key_encoder = getattr(model, f"{modality}_key_encoder")
        assert not trained & {id(w) for w in key_encoder.variables}
    kernels = (model.video_head.weights[0], model.video_encoder.weights[0])
    follower = model.video_key_encoder
    own = (follower.head.weights[0], follower.encoder.weights[0])
    model.compile(keras.optimizers.SGD(0.1), **harness.ONE_STEP)
    expected = [numpy(weight) for weight in own]
    for _ in range(2):
        model.train_on_batch(batch())
        expected = [
            0.75 * a + 0.25 * numpy(b) for a, b in zip(expected, kernels)
        ]
    for found, other, weight in zip(own, kernels, expected):
        np.testing.assert_allclose(numpy(found), weight, atol=1e-6)
        assert np.abs(numpy(other) - weight).max() > 1e-4


def test_the_seed_governs_heads_and_queues():
    first, second, other = (
        [
            numpy(x.weights[0])
            for x in (model.video_head, model.video_queue, model.audio_queue)
        ]
        for model in (make(seed=seed) for seed in (1, 1, 2))
    )
    for a, b, c in zip(first, second, other):
        np.testing.assert_array_equal(a, b)
        assert (a != c).any()
    assert (first[1] != first[2]).any()


@pytest.mark.parametrize(
    "losses, follow, embedded, sound",
    [
        ({"video_uni": 1.0}, (), {"video"}, False),
        ({"video_uni": 1.0}, ("audio",), {"video", "audio"}, False),
        ({"video_cross": 1.0}, (), {"audio"}, True),
    ],
)
def test_only_what_losses_need_is_embedded(losses, follow, embedded, sound):
    model = make(loss_weights=losses)
    assert model.needs.sound == sound
    assert model.needs.num_rows is None
    phase = Phase("one", 1, model.parts, losses, follow=follow)
    model.begin_phase(phase)
    _, keys = model.compute_losses(batch(), True)
    assert set(keys) == embedded


@pytest.mark.backend
@pytest.mark.slow_on_jax
@pytest.mark.slow_on_tensorflow
def test_stands(tmp_path):
    schedule = keras.optimizers.schedules.PolynomialDecay(0.5, 8, 0.9)
    model = harness.check_method(
        lambda: make(momentum=schedule), batch(9), tmp_path
    )
    loaded = keras.saving.load_model(tmp_path / "method.keras")
    # Queues, key encoders, and where the schedule is, are resumed.
    for one in (model, loaded):
        _, keys = one.compute_losses(batch(5), True)
        one.commit(batch(5), keys)
    for a, b in zip(model.variables, loaded.variables):
        np.testing.assert_allclose(
            numpy(a), numpy(b), rtol=1e-5, atol=1e-6, err_msg=a.path
        )
    assert numpy(loaded.video_key_encoder.num_updates).tolist() == [7]
    assert numpy(loaded.video_queue.pointer).tolist() == [(2 * 9 + 5) % 10]


@pytest.mark.slow
def test_learns_which_sound_belongs_to_what_is_seen():
    model = make(FeatureQueue(16, 16), momentum=0.9)
    model.compile(keras.optimizers.Adam(1e-2))
    model.fit(toy.dataset(), epochs=60, verbose=0)
    found = model.predict(toy.clips(), verbose=0)
    nearest = (found["video"] @ found["audio"].T).argmax(axis=1)
    # By chance one in 32.
    assert (nearest == np.arange(toy.NUM_CLIPS)).mean() > 0.5


@pytest.mark.slow_on_tensorflow
@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="tf.distribute"
)
def test_two_replicas_equal_one():
    from tests.training import plain
    from tests.training import replicas_test as replicas

    heard = np.arange(toy.NUM_CLIPS) % 5 != 1
    schedule = keras.optimizers.schedules.PolynomialDecay(0.5, 8, 0.9)
    models = []
    for strategy in replicas.strategies():
        with strategy.scope():
            model = make(tower=plain.tower, momentum=schedule)
            model.compile(replicas.sgd()(), jit_compile=False)
        # Batches of 9, 9, 9 and 5, which no two replicas share evenly.
        model.fit(toy.dataset(9, has_audio=heard), epochs=2, verbose=0)
        models.append(model)
    replicas.assert_close(*models)
    assert models[0].audio_queue.pointer.numpy() == 2 * heard.sum() % 10
    assert models[0].video_key_encoder.num_updates.numpy() == 8


@pytest.mark.parametrize(
    "options, message",
    [
        ({"temperature": 0.0}, "temperature must be positive"),
        ({"momentum": 1.5}, r"momentum must be in \[0, 1\]"),
        ({"head": ProjectionHead(8)}, "embeddings of size 8, but the queue"),
        ({"loss_weights": {"in_batch": 1.0}}, "must name losses among"),
        ({"loss_weights": {"audio_uni": 0.0}}, "a positive weight"),
        (
            {"loss_weights": {"audio_uni": 1.0, "video_uni": -1.0}},
            "video_uni must not be negative",
        ),
    ],
)
def test_wrong_arguments(options, message):
    with pytest.raises(ValueError, match=message):
        make(**options)


def test_a_missing_key_is_named():
    data = batch()
    del data["audio"]
    with pytest.raises(ValueError, match="audio"):
        make().compute_losses(data, True)
