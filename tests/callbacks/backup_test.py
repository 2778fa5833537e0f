import errno
import gc
import json
import math
import os
import shutil
import sys
import types

import keras
import numpy as np
import pytest
import soundfile

from keras_av.callbacks import Backup, Curriculum, RetrievalProbe
from keras_av.data import ClipSpec, Manifest, clips
from keras_av.methods import sscl_phases
from keras_av.report import read_log
from keras_av.training import epoch_of_clips
from tests import harness
from tests.callbacks import probing
from tests.training import small, toy

EPOCHS = 3


class Interrupt(keras.callbacks.Callback):
    """Stops at a batch as a signal would, and keeps what the disk holds."""

    def __init__(self, epoch, batch=2):
        super().__init__()
        self.at = [epoch, batch]
        self.epoch = None

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if [self.epoch, batch] == self.at:
            raise KeyboardInterrupt


def fit(folder, *callbacks, model=None):
    """Weights after a run, or after as much of it as was to be."""
    model = model or probing.compiled(dropout=0.3)
    callbacks = [Backup(folder), *callbacks]
    history = model.fit(
        toy.dataset(), epochs=EPOCHS, callbacks=callbacks, verbose=0
    )
    return toy.state(model), history.epoch


def interrupted(folder, *args):
    with pytest.raises(KeyboardInterrupt):
        fit(folder, Interrupt(*args))


def assert_same(a, b):
    assert a.keys() == b.keys()
    for name in a:
        np.testing.assert_array_equal(a[name], b[name], err_msg=name)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.slow_on_tensorflow
def test_a_run_goes_on_bit_for_bit_and_leaves_nothing(tmp_path):
    whole, _ = fit(tmp_path / "whole")
    interrupted(tmp_path / "b", 2)
    # The former one, too.
    assert names(tmp_path / "b") == ["1", "2"]
    resumed, epochs = fit(tmp_path / "b")
    assert epochs == [2]
    assert_same(whole, resumed)
    assert names(tmp_path) == []


@pytest.mark.slow
def test_without_a_finished_epoch_it_starts_anew(tmp_path):
    interrupted(tmp_path / "b", 0)
    assert fit(tmp_path / "b")[1] == [0, 1, 2]


@pytest.mark.slow
def test_what_is_not_whole_does_not_count(tmp_path):
    whole, _ = fit(tmp_path / "whole")
    interrupted(tmp_path / "b", 1)
    # Killed while the next one was being written...
    (tmp_path / "b" / "aside").mkdir()
    (tmp_path / "b" / "aside" / "latest.weights.h5").write_bytes(b"half")
    resumed, epochs = fit(tmp_path / "b")
    assert epochs == [1, 2]
    assert_same(whole, resumed)


@pytest.mark.slow
def test_the_newest_counts_if_the_former_was_not_deleted(tmp_path):
    interrupted(tmp_path / "b", 2)
    (tmp_path / "b" / "1" / "latest.weights.h5").unlink()
    assert fit(tmp_path / "b")[1] == [2]


@pytest.mark.slow
def test_the_former_one_is_read_if_the_newest_cannot_be(tmp_path):
    whole, _ = fit(tmp_path / "whole")
    interrupted(tmp_path / "b", 2)
    weights = tmp_path / "b" / "2" / "latest.weights.h5"
    weights.write_bytes(weights.read_bytes()[:999])
    interrupted(tmp_path / "b", 2)
    weights.unlink()
    resumed, epochs = fit(tmp_path / "b")
    assert epochs == [1, 2]
    assert_same(whole, resumed)


@pytest.mark.slow_on_tensorflow
def test_who_is_alone_forgets_nothing(tmp_path):
    interrupted(tmp_path / "b", 2)
    newest = tmp_path / "b" / "2"
    (newest / "latest.weights.h5").unlink()
    backup = Backup(tmp_path / "b")
    backup.set_model(probing.compiled(dropout=0.3))
    backup.on_train_begin()
    assert newest.exists()


@pytest.mark.slow_on_tensorflow
def test_nothing_is_deleted_before_all_workers_are_done(tmp_path, monkeypatch):
    module = sys.modules[Backup.__module__]

    def wait(fact, strategy):
        raise ConnectionError("another one has died")

    interrupted(tmp_path / "b", 2)
    callback = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: monkeypatch.setattr(
            module, "on_any_worker", wait
        )
    )
    with pytest.raises(ConnectionError):
        fit(tmp_path / "b", callback)
    assert names(tmp_path / "b") == ["1", "2"]


def test_clips_that_would_begin_again_are_told(tmp_path, monkeypatch):
    monkeypatch.setattr(epoch_of_clips, "_is_distributed", lambda x: True)
    with pytest.warns(UserWarning, match="^Backup: training that resumes"):
        epoch_of_clips.epoch_callbacks([], 0, [Backup(tmp_path / "b")])


def spoil(model):
    """As one step with a gradient of NaN would."""
    model.weights[0].assign(np.nan * model.weights[0])


class Spoiled(keras.callbacks.Callback):
    """Makes a weight NaN in the middle of an epoch."""

    def on_train_batch_end(self, batch, logs=None):
        if batch == 2:
            spoil(self.model)


@pytest.mark.slow_on_tensorflow
def test_what_is_not_finite_is_not_saved(tmp_path):
    def run(epochs, *callbacks):
        backup = Backup(tmp_path, delete_checkpoint=False)
        model = toy.model(bank=False)
        model.compile("sgd", **harness.ONE_STEP)
        callbacks = [backup, *callbacks]
        model.fit(toy.dataset(), epochs=epochs, callbacks=callbacks, verbose=0)
        return model

    run(1)
    assert names(tmp_path) == ["1"]
    with pytest.raises(FloatingPointError, match=r"loss is nan.* \['1'\]"):
        run(2, Spoiled())
    assert names(tmp_path) == ["1"]
    model = run(2)
    assert names(tmp_path) == ["1", "2"]
    # A backup that is not finite nevertheless is passed over.
    spoil(model)
    weights = tmp_path / "2" / "latest.weights.h5"
    model.save_weights(weights)
    seen = run(3).history.epoch
    assert seen == [1, 2]
    assert names(tmp_path) == ["2", "3"]
    for epoch in "23":
        model.save_weights(tmp_path / epoch / "latest.weights.h5")
    with pytest.raises(OSError, match="No backup .* 3: .* not finite; 2: "):
        run(4)


def test_a_loss_that_is_not_finite_is_not_saved(tmp_path):
    backup = Backup(tmp_path, delete_checkpoint=False)
    backup.set_model(toy.model(bank=False))
    backup.on_train_begin()
    backup.on_epoch_end(0, {"loss": float("nan")})
    with pytest.raises(FloatingPointError, match="loss is nan"):
        backup.on_train_end()
    assert names(tmp_path) == []


def test_without_room_for_three_the_older_one_goes(tmp_path, monkeypatch):
    backup = Backup(tmp_path, delete_checkpoint=False)
    backup.set_model(toy.model(bank=False))
    for epoch in (0, 1):
        backup.on_epoch_begin(epoch)
        backup.on_epoch_end(epoch, {"loss": 1.0})
    backup.on_epoch_begin(2)
    assert names(tmp_path) == ["1", "2"]
    size = sum(math.prod(v.shape) for v in backup.model.weights) * 4
    for name in ("_HEADERS", "_HEADER"):
        monkeypatch.setattr(f"keras_av.callbacks.backup.{name}", 0)

    def usage(folder):
        """A disk for less than three of them."""
        left = 2.5 - sum(f.is_dir() for f in tmp_path.iterdir())
        return types.SimpleNamespace(free=left * size)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    backup._save(3)
    assert names(tmp_path) == ["2", "3"]
    full = types.SimpleNamespace(free=size / 2)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: full)
    with pytest.raises(OSError, match="before is intact: make room") as error:
        backup._save(4)
    assert error.value.errno == errno.ENOSPC
    assert names(tmp_path) == ["3"]


def test_room_is_asked_for_what_hdf5_adds(tmp_path, monkeypatch):
    """Without it HDF5 fails half-way, and crashes the process at its end."""
    layers = [keras.layers.Dense(1) for _ in range(30)]
    model = keras.Sequential([keras.Input((1,)), *layers])
    backup = Backup(tmp_path)
    backup.set_model(model)
    model.save_weights(tmp_path / "size.weights.h5")
    size = (tmp_path / "size.weights.h5").stat().st_size
    assert size > 100 * sum(math.prod(v.shape) for v in model.weights) * 4
    usage = types.SimpleNamespace(free=size - 1)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)
    with pytest.raises(OSError, match="No space left"):
        backup._make_room([])


def test_epochs_are_compared_as_numbers(tmp_path):
    backup = Backup(tmp_path)
    for epoch in (9, 10):
        (tmp_path / str(epoch)).mkdir()
    assert [f.name for f in backup._finished()] == ["9", "10"]


@pytest.mark.slow
def test_a_full_disk_leaves_the_former_one(tmp_path, monkeypatch):
    interrupted(tmp_path / "b", 1)
    model = probing.compiled(dropout=0.3)

    def fail(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(model, "save_weights", fail)
    with pytest.raises(OSError, match="No space left for a backup"):
        fit(tmp_path / "b", model=model)
    metadata = tmp_path / "b" / "1" / "training_metadata.json"
    assert json.loads(metadata.read_text())["epoch"] == 1
    assert fit(tmp_path / "b")[1] == [1, 2]


def test_a_folder_with_something_else_is_refused(tmp_path):
    (tmp_path / "latest.weights.h5").touch()
    with pytest.raises(ValueError, match="latest.weights.h5.*separate folder"):
        fit(tmp_path)
    assert names(tmp_path) == ["latest.weights.h5"]


@pytest.mark.slow
def test_inside_a_curriculum(tmp_path):
    phases = sscl_phases((1, 1, 1, 0))
    states = []
    for folder, stop in (("whole", None), ("b", 2), ("b", None)):
        model = toy.sscl(dropout=0.3)
        model.compile(optimizer="adam")
        curriculum = Curriculum(phases, clips=toy.dataset())
        if stop is None:
            states.append(fit(tmp_path / folder, curriculum, model=model)[0])
        else:
            with pytest.raises(KeyboardInterrupt):
                stopper = Interrupt(stop)
                fit(tmp_path / folder, curriculum, stopper, model=model)
    assert_same(*states)


class Gone(RetrievalProbe):
    """A probe in which the process dies at the end of an epoch."""

    epochs_left = 2

    def measure(self):
        self.epochs_left -= 1
        if not self.epochs_left:
            raise KeyboardInterrupt
        return super().measure()


# Nobody closes the log of a run that is killed.
@pytest.mark.filterwarnings(r"ignore:(?s).*log\.csv")
@pytest.mark.slow
@pytest.mark.parametrize("dies", ["in II-a", "in a probe of I-b"])
def test_logs_are_those_of_a_run_that_was_not_killed(dies, tmp_path):
    phases = sscl_phases((1, 1, 1, 1))
    boards = {"whole": {}, "killed": {}}

    def run(name, *callbacks, probe=RetrievalProbe):
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)

        def row(epoch, logs):
            """Of TensorBoard, which shows the last one of an epoch."""
            boards[name][epoch] = dict(logs)

        model = toy.sscl(dropout=0.3)
        model.compile(optimizer="adam")
        clips = toy.dataset()
        return model.fit(
            clips,
            epochs=4,
            verbose=0,
            callbacks=[
                Backup(folder / "backup"),
                Curriculum(phases, clips=clips),
                *callbacks,
                probe(probing.batches(1)),
                keras.callbacks.CSVLogger(folder / "log.csv", append=True),
                keras.callbacks.LambdaCallback(on_epoch_end=row),
            ],
        )

    whole = run("whole")
    with pytest.raises(KeyboardInterrupt):
        if dies == "in II-a":
            run("killed", Interrupt(2))
        else:
            run("killed", probe=Gone)
    resumed = run("killed")
    first = 2 if dies == "in II-a" else 1
    assert resumed.epoch == list(range(first, 4))
    for name, values in whole.history.items():
        np.testing.assert_array_equal(
            resumed.history[name], values[first:], err_msg=name
        )
    logs = [read_log(tmp_path / name / "log.csv") for name in boards]
    assert len(logs[0]["epoch"]) == 4
    np.testing.assert_equal(logs[1], logs[0])
    # A loss that is off is there, too.
    assert all(
        row.keys() == whole.history.keys() for row in boards["whole"].values()
    )
    np.testing.assert_equal(boards["killed"], boards["whole"])
    # Here and not in a later test, which would be told of the log.
    gc.collect()


@pytest.mark.slow
@pytest.mark.parametrize(
    "make",
    [
        small.listen_to_look,
        small.supervised,
        small.skimming,
        small.compositional_contrastive,
        small.hint_distillation,
    ],
)
def test_every_method_goes_on_bit_for_bit(make, tmp_path):
    def run(name, *callbacks):
        keras.utils.set_random_seed(1)
        model = make()
        model.compile(optimizer="adam", jit_compile=False)
        model.fit(
            small.batches(),
            epochs=EPOCHS,
            callbacks=[Backup(tmp_path / name), *callbacks],
            verbose=0,
        )
        return toy.state(model)

    whole = run("whole")
    with pytest.raises(KeyboardInterrupt):
        run("broken", Interrupt(2))
    # The run that goes on has nothing of the first one but its files.
    assert_same(whole, run("broken"))


@pytest.fixture(scope="module")
def sounds(tmp_path_factory):
    """23 short sounds of three classes, and a file that is none."""
    folder = tmp_path_factory.mktemp("sounds")
    rng = np.random.default_rng(0)
    for number in range(23):
        path = folder / str(number % 3) / f"{number}.wav"
        path.parent.mkdir(exist_ok=True)
        soundfile.write(path, rng.normal(0, 0.1, 400), 16000)
    (folder / "0" / "bad.wav").write_text("no sound")
    return Manifest.from_folder(folder)


def listen(manifest, num_workers=1):
    spec = ClipSpec(num_frames=0, audio_seconds=10 / 16000)
    return clips(
        manifest, spec, 2, True, seed=1, repeats=2, num_workers=num_workers
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("stop", "listed"),
    [((0, 6), 0), ((1, 4), 0), ((2, 22), 0), ((2, 3), 0), ((1, 4), 1)],
)
def test_goes_on_inside_an_epoch(sounds, tmp_path, stop, listed):
    within = []
    note = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: within.append(
            note.model.within_epoch
        )
    )

    def run(name, *callbacks, num_workers=1):
        within.clear()
        data = listen(sounds, num_workers)
        keras.utils.set_random_seed(1)
        model = small.supervised()
        model.compile(optimizer="adam", jit_compile=False)
        backup = Backup(tmp_path / name, save_freq=4, clips=data)
        callbacks = [backup, note, *callbacks]
        if listed:
            callbacks = keras.callbacks.CallbackList(callbacks, True)
        history = model.fit(data, epochs=EPOCHS, callbacks=callbacks, verbose=0)
        return toy.state(model), history.history, data

    whole, logs, _ = run("whole")
    with pytest.raises(KeyboardInterrupt):
        run("broken", Interrupt(*stop))
    left = Backup(tmp_path / "broken")._finished()[-1].name
    epoch, batch = stop
    assert left.startswith(f"{epoch}-") if batch >= 3 else left == str(epoch)
    state, found, data = run("broken", num_workers=3)
    assert_same(whole, state)
    assert within == [batch >= 3] + [False] * (EPOCHS - epoch - 1)
    assert found == {name: values[epoch:] for name, values in logs.items()}
    done = (batch + 1) // 4 * 4
    read = data.report.as_dict()["read"]
    # Two batches are looked at before training.
    assert read <= (EPOCHS - epoch) * 48 - 2 * done + 2 * 8


@pytest.mark.slow
def test_a_place_needs_the_clips(sounds, tmp_path):
    with pytest.raises(ValueError, match="needs clips"):
        Backup(tmp_path, save_freq=3)
    for number in (0, 2.5, "batch"):
        with pytest.raises(ValueError, match="save_freq must be"):
            Backup(tmp_path, save_freq=number, clips=listen(sounds))
    model = small.supervised()
    model.compile(optimizer="adam", jit_compile=False)
    data = listen(sounds)

    def fit(backup, **options):
        callbacks = [backup, Interrupt(0, 3)]
        model.fit(data, callbacks=callbacks, verbose=0, **options)

    backup = Backup(tmp_path / "b", save_freq=2, clips=listen(sounds))
    with pytest.raises(ValueError, match="those that `fit` iterates over"):
        fit(backup)
    with pytest.raises(KeyboardInterrupt):
        fit(Backup(tmp_path / "b", save_freq=2, clips=data))
    with pytest.raises(ValueError, match="from inside epoch 0"):
        fit(Backup(tmp_path / "b"))


@pytest.mark.slow
def test_other_files_are_refused(sounds, tmp_path):
    """Their rows would be others, and so the rows of a memory bank."""

    def fit(manifest, *callbacks):
        data = listen(manifest)
        model = small.supervised()
        model.compile(optimizer="adam", jit_compile=False)
        callbacks = [Backup(tmp_path / "b", clips=data), *callbacks]
        model.fit(data, epochs=2, callbacks=callbacks, verbose=0)

    with pytest.raises(KeyboardInterrupt):
        fit(sounds, Interrupt(1, 3))
    fewer = sounds.subset(np.arange(len(sounds)) != 4)
    with pytest.raises(ValueError, match="a run on other files"):
        fit(fewer)
    # Nothing of the backup is lost by it.
    assert names(tmp_path / "b") == ["1"]
    fit(sounds)
    assert not (tmp_path / "b").exists()


def test_a_backup_is_on_disk_before_it_has_its_name(tmp_path, monkeypatch):
    """So that no power cut leaves a backup that is torn."""
    synced = []
    fsync = os.fsync

    def watched(number):
        synced.append(os.readlink(f"/proc/self/fd/{number}"))
        fsync(number)

    renamed = []
    rename = os.rename

    def last(before, after):
        renamed.append((len(synced), str(before)))
        rename(before, after)

    monkeypatch.setattr(os, "fsync", watched)
    monkeypatch.setattr(os, "rename", last)
    model = toy.model(bank=False)
    model.compile(optimizer="sgd")
    backup = Backup(tmp_path / "backup", delete_checkpoint=False)
    model.fit(toy.dataset(), epochs=1, callbacks=[backup], verbose=0)
    (count, aside) = renamed[-1]
    files = {path for path in synced[:count] if path.startswith(aside)}
    (kept,) = (p for p in (tmp_path / "backup").iterdir() if p.is_dir())
    assert {os.path.basename(path) for path in files} == {
        path.name for path in kept.iterdir()
    }
