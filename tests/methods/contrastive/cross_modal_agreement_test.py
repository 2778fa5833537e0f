import keras
import numpy as np
import pytest
from keras import ops

from keras_av.callbacks import Curriculum
from keras_av.layers import MemoryBank, PartitionFunction
from keras_av.methods import (
    CrossModalAgreement,
    CrossModalContrastive,
    agreement_phases,
)
from tests import harness
from tests.training import toy

SETS = ("video_set", "audio_set")
CROSS = {"video_cross": "audio", "audio_cross": "video"}


def make(bank=True, **kwargs):
    if bank is True:
        bank = MemoryBank(toy.NUM_CLIPS, 128, num_negatives=16)
    options = {"num_positives": 3, "num_set_negatives": 5, **kwargs}
    return CrossModalAgreement(
        toy.tower(12, 1),
        toy.tower(10, 11),
        bank=bank or None,
        seed=3,
        **options,
    )


def mined(**kwargs):
    """A model that has seen all clips, in its second phase."""
    model = make(**kwargs)
    everything = toy.clips()
    embedded = model(everything)
    for modality in ("video", "audio"):
        bank = getattr(model, f"{modality}_bank")
        bank.update(everything["index"], embedded[modality])
    model.mine_positives()
    model.begin_phase(agreement_phases((0, 1))[0])
    return model


def batch(size=6, **fields):
    return {**{k: v[:size] for k, v in toy.clips().items()}, **fields}


def numpy(x):
    return ops.convert_to_numpy(x).astype("float64")


def expected(model, data, outputs, drawn, z=None):
    """Every loss from its definition, one clip at a time."""
    sets = numpy(model.sets.rows).astype(int)
    found = {}
    for name in (*CROSS, *SETS):
        query = name.partition("_")[0]
        keys = CROSS.get(name, query)
        # Seen alone, a silent clip is as good as any.
        silent = "audio" in (query, keys) and ~data["has_audio"]
        weight = 1.0 - silent * np.ones(len(data["index"]))
        if name not in CROSS:
            weight = weight * numpy(model.sets.mined)[data["index"]]
        rows, values = numpy(getattr(model, f"{keys}_bank").rows), []
        for clip, vector in zip(data["index"], numpy(outputs[query])):
            others = rows[drawn[keys][clip]]
            own = rows[[clip]] if name in CROSS else rows[sets[clip]]
            if name not in CROSS:
                others = others[:5]
            s, n = own @ vector / 0.07, others @ vector / 0.07
            if z is None:
                value = np.log(np.exp(s) + np.exp(n).sum()) - s
                values.append(value.mean())
            else:
                noise = len(n) * z
                positive = np.log1p(noise * np.exp(-s)).mean()
                values.append(positive + np.log1p(np.exp(n) / noise).sum())
        found[name] = np.sum(weight * values) / weight.sum() / 4
    return found


@pytest.mark.backend
@pytest.mark.slow_on_jax
@pytest.mark.parametrize("z", [None, 2.0])
def test_losses_are_their_definition(monkeypatch, z):
    model = mined(partition=z and PartitionFunction("fixed", value=z))
    drawn, rng = {}, np.random.default_rng(0)
    for modality in ("video", "audio"):
        table = rng.integers(0, 32, (6, 16)).astype("int32")
        drawn[modality] = table
        bank = getattr(model, f"{modality}_bank")
        monkeypatch.setattr(
            bank, "sample", lambda index, skip, table=table: table
        )
    # One has no set.
    model.sets.mined.assign(np.arange(toy.NUM_CLIPS) != 3)
    data = batch(has_audio=np.array([1, 0, 1, 1, 1, 1], bool))
    losses, outputs = model.compute_losses(data, training=True)
    wanted = expected(model, data, outputs, drawn, z)
    assert losses.keys() == wanted.keys()
    for name, value in wanted.items():
        np.testing.assert_allclose(float(losses[name]), value, rtol=2e-4)


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("exclude_self", [False, True])
def test_sets_are_no_negatives(shared, exclude_self):
    bank = MemoryBank(
        toy.NUM_CLIPS,
        128,
        num_negatives=200,
        shared_negatives=shared,
        exclude_self=exclude_self,
    )
    model = mined(bank=bank, loss_weights={"video_cross": 1, "video_set": 1})
    rows = np.eye(toy.NUM_CLIPS, 128, dtype="float32")
    model.video_bank.rows.assign(rows)
    model.audio_bank.rows.assign(rows)
    # A query whose cosines say which rows it met.
    ramp = np.arange(128, dtype="float32")[None].repeat(6, axis=0)
    for name in ("video_cross", "video_set"):
        candidates = model._draw(name, batch(), {"video": ramp})
        for clip in range(6):
            met = numpy(candidates.negatives)[clip]
            if candidates.mask is not None:
                met = met[numpy(candidates.mask)[clip] > 0]
            left_out = set(numpy(model.sets.rows)[clip].astype(int))
            left_out |= {clip} if exclude_self else set()
            assert not left_out & set(met.astype(int))
            if len(met) > 100:
                assert set(met.astype(int)) | left_out == set(range(32))


def test_weights_are_shares():
    model = mined()
    halves = {name: model._weight(name, True) for name in (*CROSS, *SETS)}
    assert set(halves.values()) == {0.25}
    model.begin_phase(agreement_phases((1, 0))[0])
    assert model._weight("video_cross", True) == 0.5
    summed = make(direction_reduction="sum", loss_weights={"video_cross": 3})
    assert summed._weight("video_cross", True) == 2.0
    model = mined(loss_weights={"audio_cross": 1.0, "audio_set": 3.0})
    # A phase may ask for more than is weighted, which then counts once.
    assert model._weight("audio_set", True) == 0.5


@pytest.mark.slow
@pytest.mark.backend
def test_the_first_phase_is_avid():
    kwargs = {"bank": MemoryBank(32, 128, num_negatives=16), "seed": 3}
    avid = CrossModalContrastive(toy.tower(12, 1), toy.tower(10, 11), **kwargs)
    model = make(kwargs["bank"])
    found, _ = model.compute_losses(batch(), training=True)
    wanted, _ = avid.compute_losses(batch(), training=True)
    assert found.keys() == wanted.keys() == set(CROSS)
    for name, value in wanted.items():
        np.testing.assert_allclose(float(found[name]), float(value), rtol=1e-6)


def test_sets_share_the_partition_function_of_instances():
    one = PartitionFunction("first_batch")
    model = mined(partition=one)
    _, outputs = model.compute_losses(batch(), training=True)
    z = {name: float(value) for name, value in outputs["z"].items()}
    assert z.keys() == {*CROSS, *SETS} and len(set(z.values())) == 1
    own = {name: PartitionFunction() for name in ("video_set", "video_cross")}
    model = mined(partition=own)
    _, outputs = model.compute_losses(batch(), training=True)
    assert outputs["z"].keys() == own.keys()
    assert len({float(value) for value in outputs["z"].values()}) == 2


def test_mines_at_the_start_and_every_few_epochs(monkeypatch):
    model = make()
    epochs = []
    mine = model.mine_positives

    def noted():
        epochs.append(len(history["loss"]))
        mine()

    history = {"loss": []}
    monkeypatch.setattr(model, "mine_positives", noted)
    model.compile(optimizer="adam", run_eagerly=True)
    count = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: history["loss"].append(logs["loss"])
    )
    phases = agreement_phases((1, 3), mine_every=2)
    logs = model.fit(
        toy.dataset(16),
        epochs=4,
        verbose=0,
        callbacks=[Curriculum(phases), count],
    ).history
    assert epochs == [1, 3]
    assert np.isnan(logs["video_set"]).tolist() == [True, False, False, False]


def test_sets_come_before_their_losses():
    with pytest.raises(ValueError, match="'CMA'.*no positive sets yet"):
        make().begin_phase(agreement_phases((0, 1))[0])


@pytest.mark.parametrize(
    "kwargs, message",
    [
        ({"num_set_negatives": 17}, "at most the bank's num_negatives, 16"),
        ({"num_set_negatives": 0}, "num_set_negatives=0"),
        ({"num_positives": 31}, "num_positives=31"),
        ({"agreement": "both"}, "agreement"),
        ({"loss_weights": {"video_set": 0.0}}, "video_set must be positive"),
    ],
)
def test_wrong_arguments(kwargs, message):
    with pytest.raises(ValueError, match=message):
        make(**kwargs)


def test_a_bank_is_needed():
    with pytest.raises(ValueError, match="memory banks"):
        make(bank=False)


@pytest.mark.parametrize("epochs, every", [((1,), 1), ((1, 1), 0)])
def test_wrong_phases(epochs, every):
    with pytest.raises(ValueError, match="epochs must be|mine_every must be"):
        agreement_phases(epochs, every)


@pytest.mark.slow
@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="tf.distribute"
)
def test_two_replicas_equal_one():
    from tests.training import plain
    from tests.training import replicas_test as replicas

    models = []
    heard = np.arange(toy.NUM_CLIPS) % 5 != 1
    for strategy in replicas.strategies():
        with strategy.scope():
            model = CrossModalAgreement(
                plain.tower(12, 1),
                plain.tower(10, 11),
                bank=MemoryBank(32, 128, num_negatives=8),
                num_positives=3,
                num_set_negatives=5,
                partition=PartitionFunction(),
                seed=0,
            )
            model.compile(replicas.sgd()())
        # Batches of 7: one replica has a clip more, and the last one has 4.
        model.fit(
            toy.dataset(7, has_audio=heard),
            epochs=3,
            verbose=0,
            callbacks=[Curriculum(agreement_phases((1, 2), mine_every=1))],
        )
        models.append(model)
    replicas.assert_close(*models)


@pytest.mark.backend
@pytest.mark.slow_on_tensorflow
@pytest.mark.slow_on_jax
def test_stands(tmp_path):
    data = {k: v[:9] for k, v in toy.clips().items()}
    harness.check_method(mined, data, tmp_path)
