import sys

import keras
import numpy as np
import pytest

from keras_av.callbacks import Backup
from keras_av.data import ClipSpec, clips, generated_set
from keras_av.layers import MemoryBank
from keras_av.methods import CrossModalContrastive
from keras_av.training import distribute_clips
from keras_av.training.epoch_of_clips import epoch_callbacks
from tests.training import worker

SPEC = ClipSpec(num_frames=2, size=16, audio_seconds=0.05)
EPOCHS = 3
MODULE = sys.modules[distribute_clips.__module__]


of_processes = pytest.mark.skipif(
    keras.backend.backend() == "tensorflow",
    reason="the strategy says how many processes there are",
)


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    return generated_set(folder, num_train=24, num_test=0)


def shares(manifest, batch_size, strategy=None, training=True):
    return distribute_clips(
        lambda size, context: clips(
            manifest, SPEC, size, training, seed=1, input_context=context
        ),
        batch_size,
        strategy,
    )


@pytest.mark.slow_on_jax
@pytest.mark.backend
@pytest.mark.slow_on_tensorflow
def test_one_process_reads_all(manifest):
    ours = shares(manifest, 8)
    ours.set_epoch(2)
    alone = clips(manifest, SPEC, 8, True, seed=1)
    alone.set_epoch(2)
    for a, b in zip(ours, alone, strict=True):
        np.testing.assert_array_equal(a["index"], b["index"])
        np.testing.assert_array_equal(a["video"], b["video"])


@of_processes
@pytest.mark.backend
@pytest.mark.slow_on_jax
@pytest.mark.parametrize("batch_size", [0, 5])
def test_refuses_a_batch_that_processes_cannot_share(
    manifest, monkeypatch, batch_size
):
    monkeypatch.setattr(MODULE, "num_workers", lambda: 2)
    with pytest.raises(ValueError, match="2 processes"):
        shares(manifest, batch_size)


@of_processes
@pytest.mark.backend
@pytest.mark.slow_on_jax
def test_two_processes_share_the_clips(manifest, monkeypatch):
    monkeypatch.setattr(MODULE, "num_workers", lambda: 2)
    seen = []
    for number in range(2):
        monkeypatch.setattr(MODULE, "worker_number", lambda n=number: n)
        for batch in shares(manifest, 10):
            assert len(batch["index"]) == 5
            seen.extend(batch["index"].numpy())
    # 12 clips for each process, two batches of 5.
    assert len(seen) == len(set(seen)) == 20


if keras.backend.backend() == "tensorflow":
    from tests.training.replicas import strategies

on_tensorflow = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="tf.distribute"
)


def batches(dataset):
    """The clips of each batch, over all replicas."""
    local = strategies()[1].experimental_local_results
    return [
        np.concatenate([part.numpy() for part in local(batch["index"])])
        for batch in dataset
    ]


@on_tensorflow
@pytest.mark.parametrize(
    "batch_size, training", [(8, True), (7, True), (9, False)]
)
@pytest.mark.slow_on_tensorflow
def test_replicas_split_the_batches_of_one(manifest, batch_size, training):
    ours = shares(manifest, batch_size, strategies()[1], training)
    alone = clips(manifest, SPEC, batch_size, training, seed=1)
    for dataset in (ours, alone):
        dataset.set_epoch(3)
    whole = [batch["index"].numpy() for batch in alone]
    found = batches(ours)
    assert len(found) == len(whole)
    for a, b in zip(found, whole):
        np.testing.assert_array_equal(a, b)


@on_tensorflow
@pytest.mark.slow_on_tensorflow
def test_has_what_clips_have(manifest):
    ours = shares(manifest, 8, strategies()[1])
    alone = clips(manifest, SPEC, 8, True, seed=1)
    assert ours.manifest is manifest
    assert ours.digest() == alone.digest()
    assert ours.random_clips and ours.transcripts is None
    for _ in range(2):
        batches(ours)
        list(alone)
    for epoch in (0, 1):
        assert ours.position(epoch, 2) == alone.position(epoch, 2) == 16
    assert ours.report.summary() == alone.report.summary()


class Stop(keras.callbacks.Callback):
    """Interrupts a run."""

    def __init__(self, epoch, batch):
        super().__init__()
        self.place = epoch, batch

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if (self.epoch, batch) == self.place:
            raise KeyboardInterrupt


def fit(data, manifest, *callbacks):
    keras.utils.set_random_seed(0)
    with strategies()[1].scope():
        model = CrossModalContrastive(
            worker.tower(SPEC.video_shape, 1),
            worker.tower(SPEC.audio_shape, 11),
            bank=MemoryBank(len(manifest), 128, num_negatives=4),
            seed=3,
        )
        optimizer = keras.optimizers.SGD(0.01, momentum=0.9)
        model.compile(optimizer=optimizer, jit_compile=False)
    model.fit(data, epochs=EPOCHS, verbose=0, callbacks=list(callbacks))
    return [keras.ops.convert_to_numpy(w) for w in model.weights]


@on_tensorflow
@pytest.mark.slow_on_tensorflow
def test_a_run_that_was_interrupted_ends_alike(manifest, tmp_path):
    whole = fit(clips(manifest, SPEC, 8, True, seed=1), manifest)
    data = shares(manifest, 8, strategies()[1])
    with pytest.raises(KeyboardInterrupt):
        backup = Backup(tmp_path / "backup", save_freq=1, clips=data)
        fit(data, manifest, backup, Stop(1, 1))
    data = shares(manifest, 8, strategies()[1])
    backup = Backup(tmp_path / "backup", save_freq=1, clips=data)
    resumed = fit(data, manifest, backup)
    for a, b in zip(whole, resumed):
        np.testing.assert_array_equal(a, b)


@on_tensorflow
def test_warns_of_clips_that_cannot_be_told_their_epoch(manifest, tmp_path):
    data = strategies()[1].distribute_datasets_from_function(
        lambda context: clips(manifest, SPEC, 4, True, input_context=context)
    )
    callbacks = [keras.callbacks.History(), Backup(tmp_path / "backup")]
    with pytest.warns(UserWarning, match="^Backup: .*distribute_clips"):
        epoch_callbacks(data, 0, callbacks)
    with pytest.warns(UserWarning, match="^initial_epoch=3: "):
        epoch_callbacks(data, 3, None)
    # Nothing of runs that do not resume, or of clips that can be told.
    assert not epoch_callbacks(data, 0, callbacks[:1])
    assert epoch_callbacks(shares(manifest, 8, strategies()[1]), 3, callbacks)
