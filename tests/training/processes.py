"""Runs in one process and in several of PyTorch, for the tests that they agree.

    RANK=0 WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 MASTER_PORT=1234 \
        python -m tests.training.processes FOLDER CASE...

Each case, which may be followed by its options, as in resumable,backups,
leaves FOLDER/CASE.RANK.npz.
"""

import datetime
import inspect
import os
import pathlib
import signal
import sys
import time

import keras
import numpy as np
import tensorflow as tf
from torch import distributed

from keras_av.callbacks import Backup, Curriculum, EpochLog, RetrievalProbe
from keras_av.data import Manifest, clips
from keras_av.layers import (
    BatchNormalization,
    FeatureQueue,
    MemoryBank,
    PartitionFunction,
)
from keras_av.methods import (
    SSCL,
    CrossModalAgreement,
    CrossModalContrastive,
    InstanceDiscrimination,
    MomentumContrast,
    Supervised,
    agreement_phases,
    sscl_phases,
)
from keras_av.training import distribute_clips
from tests import harness
from tests.methods import separation_test
from tests.training import plain, small, toy, uneven, worker

HEARD = np.arange(toy.NUM_CLIPS) % 5 != 1


def sgd(**kwargs):
    return keras.optimizers.SGD(0.01, momentum=0.9, **kwargs)


def data(batch_size=9, **arrays):
    """Batches of 9 and one of 5, which no two processes share evenly."""
    return toy.dataset(batch_size, has_audio=HEARD, **arrays)


def towers():
    return plain.tower(12, 1), plain.tower(10, 11)


def bank():
    return MemoryBank(toy.NUM_CLIPS, 128, num_negatives=16)


def fit(model, x=None, optimizer=None, epochs=2, **kwargs):
    x = data() if x is None else x
    model.compile(optimizer=optimizer or sgd())
    kwargs.setdefault("validation_data", x)
    history = model.fit(x, epochs=epochs, verbose=0, **kwargs)
    return history.history, model


def in_batch(**options):
    return fit(CrossModalContrastive(*towers(), seed=3), **options)


def probed():
    """Of two probes one is of process 0 alone; nothing waits for it."""
    measured = [{**toy.clips(1), "has_audio": HEARD}]
    alone = RetrievalProbe(measured)
    alone.on_epoch_end = lambda epoch, logs: alone.measure()
    return in_batch(callbacks=[RetrievalProbe(measured), *[alone][rank() :]])


def rows():
    model = CrossModalContrastive(*towers(), bank=bank(), seed=3)
    return fit(model, optimizer=keras.optimizers.Adam(1e-3))


def binary():
    partition = PartitionFunction("ema")
    model = CrossModalContrastive(
        *towers(),
        bank=bank(),
        partition=partition,
        bank_momentum={"audio": plain.growing()},
        seed=3,
    )
    return fit(model, optimizer=sgd(global_clipnorm=0.05))


def sscl():
    model = SSCL(*towers(), bank=bank(), seed=3)
    phases = Curriculum(sscl_phases((1, 1, 1, 0)), clips=data(8))
    return fit(model, epochs=3, callbacks=[phases])


def agreement():
    model = CrossModalAgreement(
        *towers(), bank=bank(), num_positives=3, num_set_negatives=5, seed=3
    )
    phases = agreement_phases((1, 2), mine_every=1)
    return fit(model, epochs=3, callbacks=[Curriculum(phases)])


def separation():
    clips = separation_test.batch(toy.NUM_CLIPS, has_audio=HEARD)
    x = tf.data.Dataset.from_tensor_slices(clips).batch(9)
    return fit(separation_test.make(**separation_test.HEAVY), x)


def moco():
    model = MomentumContrast(
        *towers(), queue=FeatureQueue(24, 128), momentum=0.9, seed=3
    )
    return fit(model, optimizer=sgd(gradient_accumulation_steps=2))


def instances():
    model = InstanceDiscrimination(
        plain.tower(10, 1), "audio", bank=bank(), seed=0
    )
    return fit(model, validation_data=None)


def distillation():
    return fit(plain.distillation())


def classification():
    return fit(plain.classification(), optimizer=sgd(clipvalue=0.001))


def composition(leak=False):
    return fit(plain.composition(leak))


def hints():
    return fit(plain.hints())


def skimming():
    return fit(small.skimming(), small.batches())


def normalized(kind=BatchNormalization):
    keras.utils.set_random_seed(0)
    layers = [plain.tower(10, 3), kind(name="norm"), keras.layers.Dense(3)]
    model = Supervised(keras.Sequential([keras.Input((10,)), *layers]), "audio")
    return fit(model)


def drifting():
    """Keras's own layer."""
    return normalized(keras.layers.BatchNormalization)


def last_of_one():
    """All but one process have no clip of the last batch."""
    return in_batch(x=data(31))


def arrays():
    """Keras shuffles them; each process is another one by then."""
    x = {**toy.clips(), "has_audio": HEARD}
    model = CrossModalContrastive(*towers(), bank=bank())
    keras.utils.set_random_seed(rank())
    return fit(model, x, batch_size=9, validation_data=None)


def own_draws(reset="banks"):
    """Each process draws other weights, and other rows when a phase begins."""
    keras.utils.set_random_seed(rank())
    networks = [
        keras.Sequential([keras.Input((dim,)), keras.layers.Dense(8)])
        for dim in (12, 10)
    ]
    model = SSCL(*networks, bank=bank())
    phases = Curriculum(sscl_phases((1, 1, 1, 0), reset=reset), clips=data(8))
    return fit(model, epochs=3, callbacks=[phases])


def shares():
    """A dataset that is not of clips, of which each reads its share."""

    def make(size, context):
        x = {"x": np.arange(31, dtype="float32")}
        every = tf.data.Dataset.from_tensor_slices(x)
        own = every.shard(
            context.num_input_pipelines, context.input_pipeline_id
        )
        return own.batch(size)

    return fit(uneven.Fitting(), distribute_clips(make, 12))


def of_files(folder, size=12):
    manifest = Manifest.from_folder(folder)
    return distribute_clips(
        lambda size, context: clips(
            manifest, worker.SPEC, size, True, 1, input_context=context
        ),
        size,
    )


def model_of_files(manifest):
    keras.utils.set_random_seed(0)
    return CrossModalContrastive(
        worker.tower(worker.SPEC.video_shape, 1),
        worker.tower(worker.SPEC.audio_shape, 11),
        bank=MemoryBank(len(manifest), 128, num_negatives=4),
        seed=3,
    )


def files(folder):
    x = of_files(folder / "files")
    model = model_of_files(x.manifest)
    # Of the last batch some processes have fewer clips.
    ordered = distribute_clips(
        lambda size, context: clips(
            x.manifest, worker.SPEC, size, input_context=context
        ),
        12,
    )
    log = EpochLog(folder / f"log{num_processes()}.csv")
    return fit(model, x, validation_data=ordered, epochs=3, callbacks=[log])


class Slow(keras.callbacks.Callback):
    """Leaves time to die in; SIGKILL comes from outside, or at a batch."""

    def __init__(self, seconds=0.0, kill=None):
        super().__init__()
        self.seconds, self.kill = seconds, kill

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        time.sleep(self.seconds)
        if self.kill == (rank(), self.epoch, batch):
            os.kill(os.getpid(), signal.SIGKILL)


def resumable(folder, backups=None, kill=None, seconds=0.0):
    """`kill` is, as in 1:0:2, the process, the epoch and the batch."""
    kill = tuple(map(int, kill.split(":"))) if kill else None
    x = of_files(folder / "files", size=4)
    last = [Slow(float(seconds), kill)]
    if backups:
        own = folder / backups / str(rank())
        last.insert(0, Backup(own, save_freq=1, clips=x))
    model = model_of_files(x.manifest)
    return fit(model, x, validation_data=None, epochs=3, callbacks=last)


def rank():
    return distributed.get_rank() if distributed.is_initialized() else 0


def num_processes():
    return distributed.get_world_size() if distributed.is_initialized() else 1


def overflow():
    """Of the first clip, which is of process 0, in the second batch."""
    with harness.dtype_policy("mixed_float16"):
        model = CrossModalContrastive(*towers(), seed=3)
    video = toy.clips()["video"]
    video[9] = 1e30
    return fit(model, data(video=video), validation_data=None, epochs=1)


def other_batches():
    x = data(video=toy.clips()["video"] + rank())
    return in_batch(x=x)


def other_model():
    return fit(Supervised(plain.tower(10, 1, units=16 + rank()), "audio"))


def other_weights():
    model = CrossModalContrastive(*towers(), seed=3)
    model.compile(sgd())
    model.trainable_weights[0].assign_add(rank() * 1e-6)
    model.evaluate(data(), verbose=0)


def one_folder(folder):
    return in_batch(callbacks=[Backup(folder / "backup")])


def run(name, folder):
    """Logs and state of a case, by name."""
    # Names of variables are counted.
    keras.utils.clear_session()
    name, *options = name.split(",")
    made = globals()[name]
    if "folder" in inspect.signature(made).parameters:
        options.insert(0, pathlib.Path(folder))
    history, model = made(*options)
    logs = {f"log {key}": np.array(v) for key, v in history.items()}
    slots = {
        f"slot {i}": keras.ops.convert_to_numpy(v)
        for i, v in enumerate(model.optimizer.variables)
    }
    return {**logs, **slots, **toy.state(model)}


def main(folder, *cases):
    patience = datetime.timedelta(seconds=120)
    distributed.init_process_group("gloo", timeout=patience)
    for name in cases:
        state = run(name, folder)
        np.savez(pathlib.Path(folder) / f"{name}.{rank()}.npz", **state)
    distributed.destroy_process_group()


if __name__ == "__main__":
    main(*sys.argv[1:])
