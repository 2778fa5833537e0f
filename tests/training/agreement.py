"""A run from given weights, for the tests that backends agree.

    python -m tests.training.agreement FOLDER NAME

The first one writes FOLDER/initial.npz, the others begin with it; each leaves
FOLDER/NAME.npz.
"""

import pathlib
import sys

import keras
import numpy as np

from keras_av.layers import MemoryBank
from tests.training import toy

STEPS = 24


def sample(self, index):
    """In place of random numbers, which differ from backend to backend."""
    steps = 1 + 2 * np.arange(self.num_negatives, dtype="int32")
    index = keras.ops.cast(index, "int32")
    return (index[:, None] + steps[None, :]) % self.num_rows


def main(folder, name):
    MemoryBank.sample = sample
    model = toy.sscl(
        loss_weights={
            f"{modality}_{kind}": 1.0
            for modality in ("video", "audio")
            for kind in ("uni", "cross")
        }
    )
    model.compile(optimizer=keras.optimizers.SGD(0.003, momentum=0.9))
    weights = sorted(model.weights, key=lambda w: w.path)
    initial = pathlib.Path(folder) / "initial.npz"
    if not initial.exists():
        values = [keras.ops.convert_to_numpy(w) for w in weights]
        np.savez(initial, *values)
    with np.load(initial) as file:
        for i, weight in enumerate(weights):
            weight.assign(file[f"arr_{i}"])
    # Epochs of one step each: the loss of an epoch is then that of a step.
    history = model.fit(
        toy.dataset(batch_size=8).repeat(),
        epochs=STEPS,
        steps_per_epoch=1,
        verbose=0,
    )
    final = {
        f"{i} {w.path}": keras.ops.convert_to_numpy(w)
        for i, w in enumerate(weights)
    }
    np.savez(
        pathlib.Path(folder) / name, losses=history.history["loss"], **final
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
