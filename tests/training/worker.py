"""One of several processes that train together; see workers_test.py.

python -m tests.training.worker RANK PORT[,PORT...] FOLDER OUTPUT
    [bank=1] [backup=FOLDER] [kill=EPOCH,BATCH]
"""

import json
import os
import signal
import sys

import keras
import numpy as np
import tensorflow as tf

from keras_av.callbacks import Backup
from keras_av.data import ClipSpec, Manifest, clips
from keras_av.layers import MemoryBank
from keras_av.methods import CrossModalContrastive
from keras_av.training import distribute_clips

SPEC = ClipSpec(num_frames=2, size=16, audio_seconds=0.05)
BATCH, EPOCHS = 4, 3


class Killer(keras.callbacks.Callback):
    """Ends the process at a batch, as by a kernel that ran out of memory."""

    def __init__(self, epoch, batch):
        super().__init__()
        self.place = epoch, batch

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if (self.epoch, batch) == self.place:
            os.kill(os.getpid(), signal.SIGKILL)


def train(strategy, manifest, bank=False, backup=None, kill=None):
    """Weights and losses of a method on the clips of all workers."""
    keras.utils.set_random_seed(0)
    data = distribute_clips(
        lambda size, context: clips(
            manifest, SPEC, size, True, 1, input_context=context
        ),
        BATCH,
        strategy,
    )
    with strategy.scope():
        rows = MemoryBank(len(manifest), 128, num_negatives=4)
        model = CrossModalContrastive(
            tower(SPEC.video_shape, 1),
            tower(SPEC.audio_shape, 11),
            bank=rows if bank else None,
            seed=3,
        )
        optimizer = keras.optimizers.SGD(0.01, momentum=0.9)
        model.compile(optimizer=optimizer, jit_compile=False)
    callbacks = [Backup(backup, clips=data)] if backup else []
    if kill:
        callbacks.append(Killer(*map(int, kill.split(","))))
    history = model.fit(data, epochs=EPOCHS, verbose=0, callbacks=callbacks)
    weights = [keras.ops.convert_to_numpy(w) for w in model.weights]
    return weights, history.history["loss"]


def tower(shape, seed):
    initializer = keras.initializers.GlorotUniform
    return keras.Sequential(
        [
            keras.Input(shape),
            keras.layers.Flatten(),
            keras.layers.Rescaling(1 / 255 if len(shape) > 1 else 1.0),
            keras.layers.Dense(8, kernel_initializer=initializer(seed)),
        ]
    )


def main(rank, ports, folder, output, *options):
    workers = [f"127.0.0.1:{port}" for port in ports.split(",")]
    task = {"type": "worker", "index": int(rank)}
    cluster = {"cluster": {"worker": workers}, "task": task}
    os.environ["TF_CONFIG"] = json.dumps(cluster)
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    given = dict(option.split("=") for option in options)
    if "backup" in given:
        given["backup"] += f"/{rank}"
    weights, losses = train(strategy, Manifest.from_folder(folder), **given)
    np.savez(output, *weights, losses=losses)


if __name__ == "__main__":
    main(*sys.argv[1:])
