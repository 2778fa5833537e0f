import dataclasses

import keras
import numpy as np
import pytest

from keras_av.callbacks import Curriculum
from keras_av.layers import FeatureQueue
from keras_av.methods import MomentumContrast, sscl_phases
from keras_av.training import Phase
from tests.training import toy

TOWERS = ("video", "audio")


def snapshot(model, modality):
    """Weights, BatchNormalization statistics and optimizer slots."""
    encoder = getattr(model, f"{modality}_encoder")
    head = getattr(model, f"{modality}_head")
    weights = [*encoder.weights, *head.weights]
    count = len(model.freezing.optimized)
    names = {v.path.replace("/", "_") for v in weights}
    slots = [
        v
        for v in model.optimizer.variables
        if any(name in v.path for name in names)
    ]
    assert count == 0 or slots
    return [keras.ops.convert_to_numpy(v) for v in (*weights, *slots)]


class Watch(keras.callbacks.Callback):
    """Which tower each epoch changed, to the bit."""

    def on_train_begin(self, logs=None):
        self.changes = []
        self.last = {m: snapshot(self.model, m) for m in TOWERS}

    def on_epoch_end(self, epoch, logs=None):
        now = {m: snapshot(self.model, m) for m in TOWERS}
        changed = set()
        for modality in TOWERS:
            pairs = zip(self.last[modality], now[modality])
            if any(not np.array_equal(a, b) for a, b in pairs):
                changed.add(modality)
        self.changes.append(changed)
        self.last = now


def compiled(**kwargs):
    model = toy.sscl(**kwargs)
    optimizer = keras.optimizers.AdamW(1e-2, weight_decay=0.1)
    model.compile(optimizer=optimizer, jit_compile="auto")
    return model


def fit(model, phases, *callbacks, **kwargs):
    curriculum = Curriculum(phases, clips=toy.dataset())
    history = model.fit(
        toy.dataset(),
        epochs=curriculum.epochs,
        callbacks=[curriculum, *callbacks],
        verbose=0,
        **kwargs,
    )
    return history.history


@pytest.mark.backend
@pytest.mark.parametrize(
    "kwargs, expected",
    [
        ({}, [{"video"}, {"video", "audio"}, {"audio"}, {"video", "audio"}]),
        pytest.param(
            {"joint_mode": "student", "first_teacher": "audio"},
            [{"audio"}, {"video"}, {"video"}, {"audio"}],
            marks=pytest.mark.slow,
        ),
        pytest.param(
            {"joint_mode": "symmetric"},
            [{"video"}, {"video", "audio"}, {"audio"}, {"video", "audio"}],
            marks=pytest.mark.slow,
        ),
    ],
    ids=["teacher_uni", "student", "symmetric"],
)
@pytest.mark.slow_on_jax
@pytest.mark.slow_on_tensorflow
def test_what_is_frozen_stays_to_the_bit(kwargs, expected):
    model, watch = compiled(), Watch()
    history = fit(model, sscl_phases((1, 1, 1, 1), **kwargs), watch)
    assert watch.changes == expected
    assert history["phase"] == [0, 1, 2, 3]
    assert all(getattr(model, name).trainable for name in model.parts)


@pytest.mark.slow
def test_the_losses_of_each_phase():
    history = fit(compiled(), sscl_phases((1, 1, 1, 1)))
    on = {
        "video_uni": [True, True, False, False],
        "audio_cross": [False, True, False, False],
        "audio_uni": [False, False, True, True],
        "video_cross": [False, False, False, True],
        "in_batch": [False] * 4,
    }
    for name, expected in on.items():
        assert np.isfinite(history[name]).tolist() == expected, name


class Interrupt(keras.callbacks.Callback):
    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.epoch:
            raise KeyboardInterrupt


@pytest.mark.slow
@pytest.mark.parametrize("epoch", [2, 3])
def test_a_run_resumes_inside_its_phase_and_at_its_border(tmp_path, epoch):
    phases = sscl_phases((1, 2, 1, 0))
    whole = compiled(dropout=0.2)
    fit(whole, phases)
    backup = keras.callbacks.BackupAndRestore
    with pytest.raises(KeyboardInterrupt):
        interrupted = compiled(dropout=0.2)
        fit(interrupted, phases, backup(tmp_path / "b"), Interrupt(epoch))
    resumed = compiled(dropout=0.2)
    fit(resumed, phases, backup(tmp_path / "b"))
    expected, got = toy.state(whole), toy.state(resumed)
    for name, value in expected.items():
        np.testing.assert_array_equal(value, got[name], err_msg=name)


@pytest.mark.slow
def test_a_file_saved_inside_a_phase_loads_and_goes_on(tmp_path):
    model = compiled()
    path = tmp_path / "{epoch}.keras"
    fit(
        model,
        sscl_phases((1, 1, 1, 1), joint_mode="student"),
        keras.callbacks.ModelCheckpoint(path),
    )
    loaded = keras.saving.load_model(tmp_path / "2.keras")
    assert all(getattr(loaded, name).trainable for name in loaded.parts)
    assert int(loaded.optimizer.iterations) == 8
    fit(loaded, sscl_phases((1, 1, 0, 0)))


@pytest.mark.slow
@pytest.mark.parametrize("reset", ["banks", "all"])
def test_reset(reset):
    model = compiled()
    before = toy.state(model)

    class Look(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.seen = toy.state(self.model)

    look = Look()
    fit(model, sscl_phases((1, 0, 1, 0), reset=reset), look)
    for name, value in before.items():
        if "seed_generator" in name:
            continue
        same = np.allclose(value, look.seen[name], rtol=1e-6)
        if "rows" in name or "written" in name or reset == "all":
            assert same, name
        elif "kernel" in name and int(name.split(":")[0]) < 8:
            assert not same, name


@pytest.mark.slow
def test_what_its_owner_froze_stays_frozen():
    model = toy.sscl()
    frozen = model.audio_encoder.layers[0]
    frozen.trainable = False
    model.compile(optimizer="adam")
    before = keras.ops.convert_to_numpy(frozen.kernel)
    fit(model, sscl_phases((1, 1, 1, 1)))
    np.testing.assert_array_equal(
        before, keras.ops.convert_to_numpy(frozen.kernel)
    )
    assert not frozen.trainable


def test_refresh_writes_every_row():
    model = compiled()
    data = toy.clips()
    mask = np.arange(toy.NUM_CLIPS) % 3 != 0
    model.refresh_bank("audio", toy.dataset(has_audio=mask))
    embeddings = model.predict({"audio": data["audio"]}, verbose=0)["audio"]
    rows = keras.ops.convert_to_numpy(model.audio_bank.rows)
    np.testing.assert_allclose(rows[mask], embeddings[mask], atol=1e-5)
    assert np.abs(rows[~mask] - embeddings[~mask]).max() > 0.1


def test_a_bank_is_refreshed_as_its_phase_begins(monkeypatch):
    model, data = compiled(), toy.dataset()
    curriculum = Curriculum(sscl_phases((2, 2, 2, 2)), clips=data)
    curriculum.set_model(model)
    calls = []
    monkeypatch.setattr(model, "refresh_bank", lambda *args: calls.append(args))
    counts = []
    for epoch in range(curriculum.epochs):
        curriculum.on_epoch_begin(epoch)
        counts.append(len(calls))
    assert calls == [("audio", data), ("video", data)]
    assert counts == [0, 0, 1, 1, 1, 1, 2, 2]


def test_a_run_that_resumes_within_an_epoch_prepares_nothing(monkeypatch):
    model = compiled()
    phase = Phase(
        "one",
        1,
        model.parts,
        ["video_uni"],
        refresh=["audio"],
        reset="all",
    )
    curriculum = Curriculum([phase], clips=toy.dataset())
    curriculum.set_model(model)
    calls = []
    for name in ("refresh_bank", "set_weights"):
        monkeypatch.setattr(model, name, lambda *args: calls.append(args))
    model.within_epoch = True
    curriculum.on_epoch_begin(0)
    assert not calls and model.active_losses == {"video_uni"}
    model.within_epoch = False
    curriculum.on_epoch_begin(0)
    assert len(calls) == 2


def test_phases_that_mine_need_sets():
    phase = Phase("one", 1, ["video_encoder"], ["video_uni"], mine_every=1)
    with pytest.raises(ValueError, match=r"\['one'\] mine positive sets"):
        Curriculum([phase]).set_model(toy.model())


def test_wrong_arguments():
    phases = sscl_phases((1, 1, 1, 1))
    with pytest.raises(ValueError, match="refresh_student_bank=False"):
        Curriculum(phases)
    curriculum = Curriculum(phases, clips=toy.dataset())
    with pytest.raises(ValueError, match="epochs=curriculum.epochs"):
        compiled().fit(
            toy.dataset(), epochs=5, callbacks=[curriculum], verbose=0
        )
    plain = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    with pytest.raises(ValueError, match="keras_av.methods"):
        curriculum.set_model(plain)


@pytest.mark.parametrize(
    "change", [{"reset": "banks"}, {"refresh": ["video"]}], ids=str
)
def test_phases_of_banks_need_banks(change):
    first = Phase("one", 1, ["video_encoder"], ["in_batch"])
    changed = dataclasses.replace(first, name="two", **change)
    curriculum = Curriculum([first, changed], clips=toy.dataset())
    queued = MomentumContrast(
        toy.tower(12, 1), toy.tower(10, 2), queue=FeatureQueue(8, 128)
    )
    for model in (toy.model(bank=False), queued):
        with pytest.raises(ValueError, match=r"\['two'\] reset or refresh"):
            curriculum.set_model(model)
    curriculum.set_model(toy.model())
