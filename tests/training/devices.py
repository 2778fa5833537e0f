"""Runs on one device of JAX and on two, for the tests that they agree.

python -m tests.training.devices FOLDER [RANK PORT [resumable]]

With a rank it is one of two processes, which have a device each.
"""

import functools
import pathlib
import sys
import time

import jax
import keras
import numpy as np

from keras_av.callbacks import Backup, Curriculum
from keras_av.data import Manifest, clips
from keras_av.layers import MemoryBank
from keras_av.methods import CrossModalContrastive, sscl_phases
from keras_av.training import distribute_clips
from tests.training import toy, worker


def batches():
    """All clips of each batch, or the half that is this process's."""
    if jax.process_count() == 1:
        return toy.dataset(8)
    first = 4 * jax.process_index()
    return toy.dataset(8).map(
        lambda batch: {k: v[first : first + 4] for k, v in batch.items()}
    )


def contrastive():
    model = toy.model()
    model.compile(keras.optimizers.SGD(0.01, momentum=0.9))
    return model.fit(batches(), epochs=2, verbose=0), model


def sscl(refresh=True):
    model = toy.sscl()
    model.compile(keras.optimizers.SGD(0.01, momentum=0.9))
    data = batches()
    phases = sscl_phases((1, 1, 1, 0), refresh_student_bank=refresh)
    curriculum = Curriculum(phases, clips=data)
    history = model.fit(data, epochs=3, callbacks=[curriculum], verbose=0)
    return history, model


def refused():
    """What is said of a batch of 7."""
    model = toy.model()
    model.compile("sgd")
    try:
        model.fit(toy.dataset(7), verbose=0)
    except ValueError as error:
        return str(error)
    return ""


def unrefreshed():
    """Processes cannot refresh a bank."""
    return sscl(refresh=False)


def meet(rank, port):
    """Become one of two processes, whose devices are shared."""
    keras.distribution.initialize(
        job_addresses=f"127.0.0.1:{port}", num_processes=2, process_id=rank
    )
    layout = keras.distribution.DataParallel(auto_shard_dataset=False)
    keras.distribution.set_distribution(layout)


def resumable(folder, rank):
    """Trains on files, from a backup if there is one."""
    manifest = Manifest.from_folder(folder / "files")
    data = distribute_clips(
        lambda size, context: clips(
            manifest, worker.SPEC, size, True, 1, input_context=context
        ),
        4,
    )
    model = CrossModalContrastive(
        worker.tower(worker.SPEC.video_shape, 1),
        worker.tower(worker.SPEC.audio_shape, 11),
        bank=MemoryBank(len(manifest), 128, num_negatives=4),
        seed=3,
    )
    model.compile(keras.optimizers.SGD(0.01, momentum=0.9))
    own = folder / "backups" / str(rank)
    backup = Backup(own, save_freq=1, clips=data)
    slow = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: time.sleep(0.2)
    )
    history = model.fit(data, epochs=3, verbose=0, callbacks=[backup, slow])
    return history, model


def process(folder, rank):
    """The runs of one of two processes."""
    for run in (contrastive, unrefreshed):
        keep(folder / f"{run.__name__}-{rank}.npz", run)
    try:
        sscl()
    except ValueError as error:
        (folder / f"refused-{rank}.txt").write_text(str(error))


def keep(path, run):
    keras.utils.set_random_seed(0)
    history, model = run()
    np.savez(path, loss=history.history["loss"], **toy.state(model))


def shared_rows(devices):
    """A distribution that shares the rows of banks among the devices."""
    mesh = keras.distribution.DeviceMesh((len(devices),), ["batch"], devices)
    layouts = keras.distribution.LayoutMap(mesh)
    layouts[".*bank/(rows|written)"] = ("batch",)
    return keras.distribution.ModelParallel(layout_map=layouts)


def sharded(folder, devices):
    """Train with shared rows, save, load, and tell what a device holds."""
    keras.distribution.set_distribution(shared_rows(devices))
    history, model = contrastive()
    path = folder / "sharded.weights.h5"
    model.save_weights(path)
    other = toy.model()
    other.load_weights(path)
    rows = other.video_bank.rows.value
    held = [
        shard.data.nbytes / rows.nbytes for shard in rows.addressable_shards
    ]
    np.savez(
        folder / "sharded.npz",
        loss=history.history["loss"],
        **toy.state(other),
    )
    try:
        MemoryBank(33, 4, name="video_bank").build()
    except ValueError as error:
        (folder / "shared.txt").write_text(f"{max(held)}\n{error}")


def main(folder):
    devices = keras.distribution.list_devices()
    for count in (1, 2):
        layout = keras.distribution.DataParallel(devices=devices[:count])
        keras.distribution.set_distribution(layout if count > 1 else None)
        for run in (contrastive, sscl):
            keep(folder / f"{run.__name__}{count}.npz", run)
    (folder / "refused.txt").write_text(refused())
    keras.utils.set_random_seed(0)
    sharded(folder, devices)


if __name__ == "__main__":
    place = pathlib.Path(sys.argv[1])
    if len(sys.argv) == 2:
        main(place)
        sys.exit()
    number = int(sys.argv[2])
    meet(number, sys.argv[3])
    if sys.argv[4:] == ["resumable"]:
        made = functools.partial(resumable, place, number)
        keep(place / f"resumable-{number}.npz", made)
    else:
        process(place, number)
