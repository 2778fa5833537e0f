import keras
import numpy as np
import pytest
from keras import ops
from scipy.special import logsumexp

from keras_av.layers import MemoryBank, PartitionFunction, ProjectionHead
from keras_av.methods import CrossModalContrastive, InstanceDiscrimination
from tests import harness
from tests.training import toy


def make(key="audio", bank=None, **options):
    bank = bank or MemoryBank(toy.NUM_CLIPS, 16, num_negatives=6)
    options.setdefault("seed", 3)
    dim = {"audio": 10, "video": 12}[key]
    return InstanceDiscrimination(toy.tower(dim, 1), key, bank=bank, **options)


def batch(size=8, **fields):
    return {**{k: v[:size] for k, v in toy.clips().items()}, **fields}


def numpy(x):
    return ops.convert_to_numpy(x)


@pytest.mark.backend
@pytest.mark.parametrize("key", ["video", "audio"])
@pytest.mark.parametrize("temperature", [0.07, 0.5])
@pytest.mark.slow_on_jax
def test_the_loss_is_its_definition(monkeypatch, key, temperature):
    model = make(key, temperature=temperature)
    drawn = np.random.default_rng(0).integers(8, 32, (8, 6)).astype("int32")
    monkeypatch.setattr(model.memory, "sample", lambda index, skip: drawn)
    heard = np.arange(8) % 3 != 0
    weight = np.linspace(0.5, 1.5, 8).astype("float32")
    data = batch(has_audio=heard, sample_weight=weight)
    losses, outputs = model.compute_losses(data, training=True)
    x = numpy(outputs["embeddings"]).astype("float64")
    np.testing.assert_allclose(np.linalg.norm(x, axis=1), 1, rtol=1e-5)
    rows = numpy(model.memory.rows).astype("float64")
    own = (x * rows[data["index"]]).sum(axis=1) / temperature
    others = np.einsum("bd,bkd->bk", x, rows[drawn]) / temperature
    values = logsumexp(np.column_stack([own, others]), axis=1) - own
    weights = weight * (heard if key == "audio" else 1.0)
    expected = (values * weights).sum() / weights.sum()
    np.testing.assert_allclose(float(losses["instance"]), expected, rtol=1e-4)


@pytest.mark.parametrize("partition", [None, PartitionFunction("first_batch")])
def test_it_is_the_loss_of_two_towers_of_one_modality(monkeypatch, partition):
    bank = MemoryBank(toy.NUM_CLIPS, 16, num_negatives=6)
    alone = make(bank=bank, partition=partition)
    both = CrossModalContrastive(
        toy.tower(12, 5),
        toy.tower(10, 1),
        head=ProjectionHead(16),
        bank=bank,
        loss_weights={"audio_uni": 1.0},
        partition=partition,
        seed=0,
    )
    both.audio_head.set_weights(alone.projection.get_weights())
    both.audio_bank.set_weights(alone.memory.get_weights())
    drawn = np.random.default_rng(0).integers(8, 32, (8, 6)).astype("int32")
    found = []
    for model, memory in ((alone, alone.memory), (both, both.audio_bank)):
        monkeypatch.setattr(memory, "sample", lambda index, skip: drawn)
        data = batch(has_audio=np.arange(8) != 4)
        losses, outputs = model.compute_losses(data, training=True)
        model.commit(data, outputs)
        found.append((float(sum(losses.values())), numpy(memory.rows)))
    np.testing.assert_allclose(found[0][0], found[1][0], rtol=1e-5)
    np.testing.assert_allclose(found[0][1], found[1][1], rtol=1e-5)


def test_rows_of_the_batch_that_can_be_heard_are_written():
    model = make()
    before = numpy(model.memory.rows)
    data = batch(has_audio=np.arange(8) != 4)
    _, outputs = model.compute_losses(data, training=True)
    model.commit(data, outputs)
    changed = (numpy(model.memory.rows) != before).any(axis=1)
    expected = (np.arange(toy.NUM_CLIPS) < 8) & (np.arange(32) != 4)
    np.testing.assert_array_equal(changed, expected)


@pytest.mark.backend
@pytest.mark.slow_on_jax
@pytest.mark.slow_on_tensorflow
def test_stands(tmp_path):
    data = {k: v for k, v in batch(9).items() if k != "video"}
    model = harness.check_method(make, data, tmp_path)
    assert model.needs.num_rows == toy.NUM_CLIPS
    assert model.needs.sound
    assert not make("video").needs.sound


@pytest.mark.slow
def test_tells_clips_apart():
    model = make(bank=MemoryBank(toy.NUM_CLIPS, 16, num_negatives=31))
    model.compile(keras.optimizers.Adam(1e-2))
    model.fit(toy.dataset(), epochs=60, verbose=0)
    found = model.predict(toy.clips(), verbose=0)
    nearest = (found @ numpy(model.memory.rows).T).argmax(axis=1)
    # By chance one in 32.
    assert (nearest == np.arange(toy.NUM_CLIPS)).mean() > 0.5


@pytest.mark.slow_on_tensorflow
@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="tf.distribute"
)
def test_two_replicas_equal_one(monkeypatch):
    from tests.training import plain
    from tests.training import replicas_test as replicas

    drawn = np.random.default_rng(0).integers(0, 32, (8, 6)).astype("int32")
    models = []
    for strategy in replicas.strategies():
        with strategy.scope():
            model = InstanceDiscrimination(
                plain.tower(10, 1),
                "audio",
                bank=MemoryBank(32, 16, num_negatives=6),
                seed=0,
            )
            rows = ops.convert_to_tensor(drawn)
            monkeypatch.setattr(
                model.memory,
                "sample",
                lambda index, skip, rows=rows: ops.take(
                    rows, index % 8, axis=0
                ),
            )
            model.compile(replicas.sgd()())
        heard = np.arange(toy.NUM_CLIPS) % 5 != 1
        model.fit(toy.dataset(8, has_audio=heard), epochs=2, verbose=0)
        models.append(model)
    replicas.assert_close(*models)


def test_refusals():
    model = make()
    model.compile("sgd")
    with pytest.raises(ValueError, match="no loss of validation clips"):
        model.compute_losses(batch(), training=False)
    with pytest.raises(ValueError, match="embeddings of size 8, but the bank"):
        make(head=ProjectionHead(8))
    with pytest.raises(ValueError, match="key must be one of"):
        InstanceDiscrimination(
            toy.tower(10, 1), "sound", bank=MemoryBank(8, 16)
        )
    with pytest.raises(ValueError, match="encoder must be a keras.Model"):
        InstanceDiscrimination(None, "audio", bank=MemoryBank(8, 16))
    with pytest.raises(ValueError, match="index"):
        model.compute_losses({"audio": batch()["audio"]}, training=True)
