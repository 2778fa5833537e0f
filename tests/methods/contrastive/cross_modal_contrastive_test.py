import keras
import numpy as np
import pytest
from keras import ops

from keras_av.layers import MemoryBank, PartitionFunction, ProjectionHead
from keras_av.losses import in_batch_info_nce, info_nce
from keras_av.methods import CrossModalContrastive
from tests import harness
from tests.training import toy

QUERIES = {
    "video_uni": ("video", "video"),
    "audio_uni": ("audio", "audio"),
    "video_cross": ("video", "audio"),
    "audio_cross": ("audio", "video"),
}


def batch(size=8, **fields):
    return {**{k: v[:size] for k, v in toy.clips().items()}, **fields}


def numpy(x):
    return ops.convert_to_numpy(x)


def expected_loss(model, name, outputs, data, drawn, weights):
    """One bank loss from its definition, with the model's own draws."""
    query, key = QUERIES[name]
    bank = numpy(getattr(model, f"{key}_bank").rows)
    scores = (
        outputs[query],
        bank[data["index"]],
        bank[drawn],
        model.temperature,
    )
    values = numpy(info_nce(*scores))
    return np.sum(values * weights) / np.sum(weights)


@pytest.mark.slow_on_jax
@pytest.mark.backend
@pytest.mark.parametrize("name", QUERIES)
def test_each_bank_loss_is_its_definition(monkeypatch, name):
    model = toy.model(loss_weights={name: 1.0})
    drawn = np.random.default_rng(0).integers(8, 32, (8, 16)).astype("int32")
    for bank in (model.video_bank, model.audio_bank):
        monkeypatch.setattr(bank, "sample", lambda index, skip: drawn)
    has_audio = np.arange(8) % 3 != 0
    weight = np.linspace(0.5, 1.5, 8).astype("float32")
    data = batch(has_audio=has_audio, sample_weight=weight)
    losses, outputs = model.compute_losses(data, training=True)
    assert list(losses) == [name]
    weights = weight * (has_audio if "audio" in QUERIES[name] else 1.0)
    embedded = {
        m: numpy(model.embed(m, data, training=True)) for m in QUERIES[name][:1]
    }
    expected = expected_loss(model, name, embedded, data, drawn, weights)
    np.testing.assert_allclose(float(losses[name]), expected, rtol=1e-4)
    # A tower that no loss asks for is not run.
    assert set(outputs) - {"z"} == {QUERIES[name][0]}


@pytest.mark.parametrize("reduction, factor", [("mean", 0.5), ("sum", 1.0)])
def test_direction_reduction(reduction, factor):
    model = toy.model(bank=False, direction_reduction=reduction)
    data = batch(has_audio=np.arange(8) != 2)
    losses, outputs = model.compute_losses(data, training=False)
    kept = np.flatnonzero(data["has_audio"])
    video, audio = (numpy(outputs[m])[kept] for m in ("video", "audio"))
    forward, backward = in_batch_info_nce(video, audio, model.temperature)
    expected = factor * float(ops.mean(forward) + ops.mean(backward))
    np.testing.assert_allclose(float(losses["in_batch"]), expected, rtol=1e-4)

    banks = toy.model(direction_reduction=reduction)
    both, _ = banks.compute_losses(batch(), training=True)
    only = toy.model(
        direction_reduction=reduction, loss_weights={"video_cross": 1.0}
    )
    one, _ = only.compute_losses(batch(), training=True)
    ratio = float(both["video_cross"]) / float(one["video_cross"])
    assert abs(ratio / factor - 1) < 0.3  # Other negatives, same weight.


def test_loss_weights_scale_their_loss():
    light = toy.model(loss_weights={"video_uni": 1.0})
    heavy = toy.model(loss_weights={"video_uni": 3.0})
    a, _ = light.compute_losses(batch(), training=True)
    b, _ = heavy.compute_losses(batch(), training=True)
    np.testing.assert_allclose(
        3 * float(a["video_uni"]), float(b["video_uni"]), rtol=1e-4
    )


@pytest.mark.slow_on_jax
@pytest.mark.backend
@pytest.mark.parametrize("shared", [False, True])
def test_binary_nce_with_its_partition_function(shared):
    bank = MemoryBank(32, 128, num_negatives=16, shared_negatives=shared)
    model = CrossModalContrastive(
        toy.tower(12, 1),
        toy.tower(10, 11),
        bank=bank,
        partition=PartitionFunction("first_batch"),
        seed=0,
    )
    losses, outputs = model.compute_losses(batch(), training=True)
    model.commit(batch(), outputs)
    z = float(model.partition.z)
    assert 0.1 < z < 50
    for name, loss in losses.items():
        assert np.isfinite(float(loss)), name
    _, outputs = model.compute_losses(batch(), training=True)
    model.commit(batch(), outputs)
    assert float(model.partition.z) == z


@pytest.mark.parametrize("exclude_self", [True, False])
@pytest.mark.parametrize("z", [None, 2.0])
def test_shared_negatives_and_the_clip_itself(monkeypatch, exclude_self, z):
    bank = MemoryBank(32, 128, shared_negatives=True, exclude_self=exclude_self)
    model = CrossModalContrastive(
        toy.tower(12, 1),
        toy.tower(10, 11),
        bank=bank,
        loss_weights={"video_uni": 1.0},
        partition=z and PartitionFunction("fixed", value=z),
        seed=0,
    )
    drawn = np.array([3, 9, 0, 20], "int32")
    monkeypatch.setattr(
        model.video_bank,
        "sample",
        lambda index, skip: ops.convert_to_tensor(drawn),
    )
    losses, outputs = model.compute_losses(batch(), training=True)
    video, rows = numpy(outputs["video"]), numpy(model.video_bank.rows)
    expected = []
    for clip in range(8):
        others = drawn[drawn != clip] if exclude_self else drawn
        own = video[clip] @ rows[clip] / 0.07
        other = rows[others] @ video[clip] / 0.07
        if z is None:
            value = np.log(np.exp([own, *other]).sum()) - own
        else:
            noise = len(drawn) * z
            value = np.log1p(noise * np.exp(-own))
            value += np.log1p(np.exp(other) / noise).sum()
        expected.append(value)
    np.testing.assert_allclose(
        float(losses["video_uni"]), np.mean(expected), rtol=1e-4
    )


def test_in_batch_weights_beside_silent_clips():
    model = toy.model(bank=False)
    heard = np.arange(8) % 3 != 0
    weights = np.linspace(0.5, 4, 8).astype("float32")
    data = batch(has_audio=heard, sample_weight=weights)
    losses, outputs = model.compute_losses(data, training=True)
    video, audio = (numpy(outputs[m])[heard] for m in ("video", "audio"))
    both = sum(map(numpy, in_batch_info_nce(video, audio, 0.07))) / 2
    np.testing.assert_allclose(
        float(losses["in_batch"]),
        np.average(both, weights=weights[heard]),
        rtol=1e-4,
    )


def test_a_partition_for_each_loss():
    partition = {name: PartitionFunction() for name in ("video_cross",)}
    model = toy.model(partition=partition)
    losses, outputs = model.compute_losses(batch(), training=True)
    model.commit(batch(), outputs)
    assert float(partition["video_cross"].z) > 0
    copy = CrossModalContrastive.from_config(model.get_config())
    assert list(copy.partition) == ["video_cross"]


def test_losses_that_share_a_partition_pool_their_scores():
    partition = PartitionFunction("ema", momentum=0.9)
    model = toy.model(partition=partition)
    data, expected = batch(), []
    model.video_bank.rows.assign(3 * model.video_bank.rows)
    _, outputs = model.compute_losses(data, training=True)
    for modality in ("video", "audio"):
        other = "audio" if modality == "video" else "video"
        bank = getattr(model, f"{other}_bank")
        rows = numpy(bank.rows)
        copy = MemoryBank.from_config(bank.get_config())
        drawn = numpy(copy.sample(data["index"]))
        scores = np.einsum("bd,bkd->bk", numpy(outputs[modality]), rows[drawn])
        expected.append(np.exp(scores / model.temperature).mean())
    model.commit(data, outputs)
    np.testing.assert_allclose(float(partition.z), np.mean(expected), rtol=1e-4)
    assert max(expected) > 2 * min(expected)


def test_each_bank_has_its_momentum(tmp_path):
    model = toy.model(bank_momentum={"audio": 0.9})
    model.save(tmp_path / "model.keras")
    for one in (model, keras.saving.load_model(tmp_path / "model.keras")):
        assert one.video_bank.momentum == 0.5
        assert one.audio_bank.momentum == 0.9
    with pytest.raises(AttributeError):
        model.audio_bank.momentum = 0.1
    with pytest.raises(ValueError, match="needs bank"):
        toy.model(bank=False, bank_momentum={"audio": 0.9})
    with pytest.raises(ValueError, match="bank_momentum must be one of"):
        toy.model(bank_momentum={"sound": 0.9})


@pytest.mark.slow_on_jax
@pytest.mark.backend
@pytest.mark.parametrize("given", ["bank", "audio", "both"])
@pytest.mark.slow_on_tensorflow
def test_a_schedule_of_the_momentum_of_a_bank(tmp_path, given):
    schedule = keras.optimizers.schedules.PolynomialDecay(0.0, 8, 0.8)
    if given == "bank":
        model = CrossModalContrastive(
            toy.tower(12, 1),
            toy.tower(10, 11),
            bank=MemoryBank(toy.NUM_CLIPS, 128, schedule, num_negatives=16),
            seed=3,
        )
    else:
        shared = ("audio",) if given == "audio" else ("audio", "video")
        model = toy.model(bank_momentum=dict.fromkeys(shared, schedule))
    model.compile(optimizer="sgd", jit_compile=False)
    model.fit(toy.dataset(8), epochs=1, verbose=0)
    model.save(tmp_path / "model.keras")
    steps = [toy.NUM_CLIPS // 8]
    for one in (model, keras.saving.load_model(tmp_path / "model.keras")):
        assert one.audio_bank.momentum.get_config() == schedule.get_config()
        assert numpy(one.audio_bank.num_updates).tolist() == steps
        if given == "audio":
            assert one.video_bank.num_updates is None
        else:
            assert numpy(one.video_bank.num_updates).tolist() == steps
    # An update moves the rows by the momentum of its number.
    data = batch()
    before = numpy(one.audio_bank.rows)
    outputs = one.compute_losses(data, True)[1]
    one.commit(data, outputs)
    share = 0.8 * 4 / 8
    index, audio = data["index"], numpy(outputs["audio"])
    expected = share * before[index] + (1 - share) * audio
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    found = numpy(one.audio_bank.rows)[index]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_commit_moves_the_rows_of_clips_with_sound():
    model = toy.model()
    data = batch(has_audio=np.arange(8) % 2 == 0)
    before = {
        m: numpy(getattr(model, f"{m}_bank").rows) for m in ("video", "audio")
    }
    _, outputs = model.compute_losses(data, training=True)
    model.commit(data, outputs)
    for modality, moved in (
        ("video", np.arange(32) < 8),
        ("audio", (np.arange(32) < 8) & (np.arange(32) % 2 == 0)),
    ):
        rows = numpy(getattr(model, f"{modality}_bank").rows)
        changed = np.abs(rows - before[modality]).max(axis=1) > 1e-6
        np.testing.assert_array_equal(changed, moved)


def test_a_batch_without_any_sound_is_no_fault():
    for kwargs in ({}, {"bank": False}):
        model = toy.model(**kwargs)
        data = batch(has_audio=np.zeros(8, bool))
        losses, outputs = model.compute_losses(data, training=True)
        for loss in losses.values():
            assert float(loss) == 0.0
        model.commit(data, outputs)


@pytest.mark.parametrize("missing", ["audio", "index"])
def test_a_missing_key_is_named(missing):
    data = batch()
    del data[missing]
    with pytest.raises(ValueError, match=missing):
        toy.model(loss_weights={"audio_uni": 1.0}).compute_losses(
            data, training=True
        )


def test_any_keras_model_is_an_encoder():
    video = keras.Sequential(
        [keras.Input((4, 8, 8, 3)), keras.layers.Conv3D(6, 3)]
    )
    inputs = keras.Input((100,))
    audio = keras.Model(inputs, keras.layers.Dense(5)(inputs))
    model = CrossModalContrastive(
        video, audio, head=ProjectionHead(16, hidden_units=(32,)), seed=0
    )
    data = {"video": np.ones((2, 4, 8, 8, 3)), "audio": np.ones((2, 100))}
    embeddings = model(data)
    assert tuple(embeddings["video"].shape) == (2, 16)


def test_the_seed_governs_heads_and_banks():
    def build(seed):
        weights = toy.model(seed=seed).weights
        return [
            numpy(w) for w in weights if "rows" in w.path or "head" in w.path
        ]

    first, second, other = build(1), build(1), build(2)
    for a, b in zip(first, second):
        np.testing.assert_array_equal(a, b)
    assert any((a != b).any() for a, b in zip(first, other))


@pytest.mark.parametrize(
    "kwargs, message",
    [
        ({"temperature": 0.0}, "temperature"),
        ({"direction_reduction": "max"}, "direction_reduction must be"),
        ({"loss_weights": {"video_cross": 1.0}, "bank": False}, "bank="),
        ({"loss_weights": {}}, "loss_weights"),
    ],
)
def test_wrong_arguments(kwargs, message):
    with pytest.raises(ValueError, match=message):
        toy.model(**kwargs)


def test_wrong_encoders_and_banks():
    with pytest.raises(ValueError, match="video_encoder must be a keras.Model"):
        CrossModalContrastive(keras.layers.Dense(2), toy.tower(10, 1))
    bank = MemoryBank(32, 64)
    with pytest.raises(ValueError, match="bank has rows of size 64"):
        CrossModalContrastive(toy.tower(12, 1), toy.tower(10, 1), bank=bank)

    class Subclassed(keras.Model):
        def call(self, x):
            return x

    with pytest.raises(ValueError, match="keras.Input"):
        CrossModalContrastive(Subclassed(), toy.tower(10, 1))


@pytest.mark.slow
def test_a_network_of_keras_applications_is_an_encoder():
    frames = keras.applications.MobileNetV2(
        (32, 32, 3), alpha=0.35, include_top=False, weights=None
    )
    video = keras.Sequential(
        [
            keras.Input((2, 32, 32, 3)),
            keras.layers.Rescaling(1 / 127.5, offset=-1),
            keras.layers.TimeDistributed(frames),
        ]
    )
    model = CrossModalContrastive(video, toy.tower(10, 1), seed=0)
    model.compile(optimizer="sgd", jit_compile=False)
    data = batch(4)
    data["video"] = np.zeros((4, 2, 32, 32, 3), "uint8")
    history = model.fit(data, batch_size=4, verbose=0).history
    assert np.isfinite(history["loss"]).all()


@pytest.mark.slow_on_jax
@pytest.mark.backend
@pytest.mark.parametrize(
    "partition",
    [None, pytest.param(PartitionFunction("ema"), marks=pytest.mark.slow)],
)
@pytest.mark.slow_on_tensorflow
def test_stands(partition, tmp_path):
    harness.check_method(
        lambda: toy.model(partition=partition), batch(9), tmp_path
    )
