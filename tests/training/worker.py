"""One of several processes that train together; see workers_test.py.

python -m tests.training.worker RANK PORT[,PORT...] FOLDER OUTPUT [bank]
"""

import json
import os
import sys

import keras
import numpy as np
import tensorflow as tf

from keras_av.data import ClipSpec, Manifest, clips
from keras_av.layers import MemoryBank
from keras_av.methods import CrossModalContrastive

SPEC = ClipSpec(num_frames=2, size=16, audio_seconds=0.05)
BATCH, EPOCHS = 4, 2


def train(strategy, manifest, bank=False):
    """Weights and losses of a method on the clips of all workers."""

    def share(context):
        size = BATCH // context.num_input_pipelines
        return clips(manifest, SPEC, size, True, 1, input_context=context)

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
    data = strategy.distribute_datasets_from_function(share)
    history = model.fit(data, epochs=EPOCHS, verbose=0).history
    weights = [keras.ops.convert_to_numpy(w) for w in model.weights]
    return weights, history["loss"]


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


def main(rank, ports, folder, output, *bank):
    workers = [f"127.0.0.1:{port}" for port in ports.split(",")]
    task = {"type": "worker", "index": int(rank)}
    cluster = {"cluster": {"worker": workers}, "task": task}
    os.environ["TF_CONFIG"] = json.dumps(cluster)
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    weights, losses = train(strategy, Manifest.from_folder(folder), bank)
    np.savez(output, *weights, losses=losses)


if __name__ == "__main__":
    main(*sys.argv[1:])
