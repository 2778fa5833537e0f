"""A run that kills itself, for the tests of killed runs.

    python -m tests.training.killed FOLDER MOMENT

MOMENT is a list of events, joined by commas; when they have come about in
this order the process is gone, as by a kernel that ran out of memory:
`batch 1 0`, `weights` (being written), or an audit event of Python's that
concerns the backup. Without any the run leaves FOLDER/state.npz.
"""

import os
import pathlib
import signal
import sys
import threading

import keras
import numpy as np

from keras_av.callbacks import Backup, Curriculum
from keras_av.data import ClipSpec, clips, generated_set
from keras_av.layers import MemoryBank
from keras_av.methods import SSCL, sscl_phases
from tests.training import toy

# The epochs 0 to 2 are stage I, 3 to 5 stage II; two batches each.
EPOCHS = (1, 2, 2, 1)
SPEC = ClipSpec(num_frames=2, frame_stride=4, size=16, audio_seconds=0.05)


class Killer(keras.callbacks.Callback):
    """Waits for the events."""

    def __init__(self, folder, events):
        super().__init__()
        self.folder = str(folder)
        self.events = events
        self.epoch = 0
        sys.addaudithook(self.audit)

    def audit(self, event, arguments):
        if arguments and str(arguments[0]).startswith(self.folder):
            self.happened(event)

    def happened(self, event):
        if self.events and event == self.events[0]:
            self.events.pop(0)
            if not self.events:
                os.kill(os.getpid(), signal.SIGKILL)

    def on_train_begin(self, logs=None):
        print("begun", flush=True)
        if self.events == ["weights"]:
            # HDF5 opens its files without Python's knowledge.
            sys.setswitchinterval(1e-6)
            threading.Thread(target=self.watch, daemon=True).start()

    def watch(self):
        path = pathlib.Path(self.folder) / "aside" / "latest.weights.h5"
        while not path.exists():
            pass
        self.happened("weights")

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        self.happened(f"batch {self.epoch} {batch}")


def tower(shape, seed):
    return keras.Sequential(
        [
            keras.Input(shape),
            keras.layers.Flatten(),
            keras.layers.Rescaling(0.01),
            toy.tower(int(np.prod(shape)), seed, dropout=0.2),
        ]
    )


def main(folder, *events):
    folder = pathlib.Path(folder)
    files = generated_set(folder.parent / "cache", num_train=16, num_test=0)
    model = SSCL(
        tower(SPEC.video_shape, 1),
        tower(SPEC.audio_shape, 11),
        bank=MemoryBank(len(files), 128, num_negatives=8),
        seed=3,
    )
    model.compile(optimizer=keras.optimizers.Adam(1e-2))
    data = clips(files, SPEC, batch_size=8, training=True, cache=True)
    ordered = clips(files, SPEC, batch_size=8)
    backup = folder / "backup"
    model.fit(
        data,
        epochs=sum(EPOCHS),
        verbose=0,
        callbacks=[
            Backup(backup),
            Curriculum(sscl_phases(EPOCHS), clips=ordered),
            Killer(backup, list(events)),
        ],
    )
    slots = {
        f"optimizer {i}": keras.ops.convert_to_numpy(v)
        for i, v in enumerate(model.optimizer.variables)
    }
    np.savez(folder / "state.npz", **toy.state(model), **slots)


if __name__ == "__main__":
    main(sys.argv[1], *filter(None, sys.argv[2].split(",")))
