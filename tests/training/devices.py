"""Runs on one device of JAX and on two, for the tests that they agree.

python -m tests.training.devices FOLDER
"""

import pathlib
import sys

import keras
import numpy as np

from keras_av.callbacks import Curriculum
from keras_av.layers import MemoryBank
from keras_av.methods import sscl_phases
from tests.training import toy


def contrastive():
    model = toy.model()
    model.compile(keras.optimizers.SGD(0.01, momentum=0.9))
    return model.fit(toy.dataset(8), epochs=2, verbose=0), model


def sscl():
    model = toy.sscl()
    model.compile(keras.optimizers.SGD(0.01, momentum=0.9))
    data = toy.dataset(8)
    curriculum = Curriculum(sscl_phases((1, 1, 1, 0)), clips=data)
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
            keras.utils.set_random_seed(0)
            history, model = run()
            path = folder / f"{run.__name__}{count}.npz"
            np.savez(path, loss=history.history["loss"], **toy.state(model))
    (folder / "refused.txt").write_text(refused())
    keras.utils.set_random_seed(0)
    sharded(folder, devices)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
